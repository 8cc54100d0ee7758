"""Many claims or many simulations: a process for each, limits, a journal that survives a kill."""
