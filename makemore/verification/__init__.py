"""`makemore verify`: does this machine compute the results of a commit?"""
