"""Where trajectories and KKT points meet."""
