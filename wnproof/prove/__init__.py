"""Provers: they find evidence and are trusted with nothing; whatever they find goes through ``certificate.settle``."""
