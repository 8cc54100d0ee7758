"""The trusted checker: standard library only, no import from the rest of the package."""
