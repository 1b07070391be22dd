"""What the train stage alone reads: the gradient loop, checkpoints, and the journal that MLflow's curves come from."""
