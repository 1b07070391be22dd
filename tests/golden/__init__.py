"""The figures of Karpathy's lectures, reproduced on the list of names that they are about."""
