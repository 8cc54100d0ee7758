"""Theory: flows, homogeneity, balancedness, the neural correlation function. No float decides anything here."""
