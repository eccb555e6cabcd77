"""The claims of the sources, each tried on the payoff models over a box of their numbers."""
