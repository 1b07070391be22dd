"""Another CPU, emulated by qemu, computes the same bytes."""
