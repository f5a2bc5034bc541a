"""Whether this provider process serves a run of the program: `pulumi destroy` and `pulumi refresh` go without one."""

import threading

HAS_PROGRAM = threading.Event()
"""Set by the first `check`: the engine has checked what a program registers, and nothing else."""
