"""Claims: statements of the literature as functions of their constants, each with controls that must be caught."""
