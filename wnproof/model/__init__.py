"""What the user states: networks, data, losses, initial laws. Exact numbers are the truth; floats are views of them."""
