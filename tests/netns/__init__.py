"""The plan against a real kernel, in a network namespace; no QEMU."""
