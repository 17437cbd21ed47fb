"""Python reads this at its start if the folder is on PYTHONPATH: one job is killed in the middle of writing a file.

The file that DIE_IN_A_WRITE names has a number of bytes. The first job that finds it takes it away, and is killed by
the system, as by `kill -9`, when a file of its own grows past that size: what it has written until then stays.
"""

import contextlib
import os
import resource
import signal
import sys

path = os.environ.get("DIE_IN_A_WRITE", "")
if path and any(".snakemake/scripts/" in word for word in sys.orig_argv[1:2]):
    with contextlib.suppress(OSError):  # another job has taken it
        os.rename(path, f"{path}.taken")
        with open(f"{path}.taken") as file:
            n_bytes = int(file.read())
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # which Python ignores
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))
