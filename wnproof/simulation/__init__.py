"""Trajectories of gradient flow: integrated on the generated kernels, with the reason they stopped and how far they can
be trusted.
"""
