"""One long run of each kind: two hosts, another CPU, a server for a team, kills at random moments, the built package.

`make soak` runs them, and CI does so every night. pytest finds them only if they are named (`norecursedirs`).
"""
