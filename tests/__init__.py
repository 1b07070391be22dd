"""unit: the quick tier, a mirror of makemore/. The other folders need processes, servers, a browser or more time."""
