"""`python -m bargain` is the command `bargain`."""

from bargain.cli import main

if __name__ == "__main__":
    main()
