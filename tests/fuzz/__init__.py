"""Fuzzers: any bad input gets one clear line, never a traceback. They run briefly here, and for long in `make fuzz`."""

import os

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "20"))  # of each fuzzer; `make fuzz` sets it to thousands
