"""The carrier of every derivation: a tensor expression graph with named axes, and one file per fold over it."""
