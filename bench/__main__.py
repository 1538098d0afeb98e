"""`python -m bench` is `python -m bench.run`."""

from .run import main

main()
