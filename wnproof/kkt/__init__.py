"""KKT points of the neural correlation function on the sphere: exact enumeration and cross-checks."""
