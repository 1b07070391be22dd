"""How certain a loss is: intervals, paired differences, and which variants cannot be told apart."""
