"""Joint ventures: from what coalitions make together to what everyone holds who joins one or stays out."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from bargain.coalitions import Floats, MembershipGame, coalition_sizes
from bargain.games import GameError
from bargain.tu import Worths, as_game, subset_sums

Division = Literal["equal", "first", "shapley"]
MOST_DIVIDED = 20
"""Players up to which the Shapley division of every venture is tabulated: 168 MB for 20."""


def joint_venture(v: Worths, division: Division = "equal") -> MembershipGame:
    """Return the game in which players join one venture or stay out, from what each coalition makes.

    A venture S makes v(S), everyone outside v({i}). Before any transfers a member holds v({i}) and its part of the
    gain v(S) - sum of v({j}) over S. `equal`: 1/|S| of it. `first`: all of it if no other member comes before it in
    the order of players, else nothing. `shapley`: what makes its holding the Shapley value of the game among S. The
    gain may be negative; then it is a loss that is divided.

    Parameters
    ----------
    v : CoalitionalGame or (2**n,) array of worths
    division : str
        "equal", "first" or "shapley".

    Returns
    -------
    MembershipGame
        Its worths are v again, whatever the division.

    Raises
    ------
    GameError   for worths that make no game, an unknown division, or "shapley" for more than 20 players

    Notes
    -----
    The table is read off v as it is needed. "shapley" is one pass over all coalitions for each pair of players.

    References
    ----------
    Shapley, L. S. (1953). A value for n-person games. Contributions to the Theory of Games II, 307-317.

    Examples
    --------
    >>> import bargain as bg
    >>> for division in ("equal", "first", "shapley"):
    ...     print(bg.joint_venture([0, 1, 0, 4, 0, 2, 0, 9], division).at(0b111).tolist())
    [3.6666666666666665, 2.6666666666666665, 2.6666666666666665]
    [9.0, 0.0, 0.0]
    [4.333333333333333, 2.833333333333333, 1.8333333333333333]
    """
    game = as_game(v)
    n, values = game.n_players, game.values
    if division not in get_args(Division):
        raise GameError(f"No way to divide a gain is called {division!r}. Ways: equal, first, shapley.")
    alone = values[[1 << i for i in range(n)]]
    if division == "shapley":
        if n > MOST_DIVIDED:
            raise GameError(f"{n} players; the Shapley value of every venture is tabulated for {MOST_DIVIDED} at most.")
        return MembershipGame(_values_within(values, alone), game.players)
    gains, sizes = values - subset_sums(alone), coalition_sizes(n)

    def rows(i: int, start: int, stop: int) -> Floats:
        masks = np.arange(start, stop)
        if division == "equal":
            part = gains[start:stop] / np.maximum(sizes[start:stop], 1)
        else:
            part = np.where(masks & ((1 << i) - 1), 0.0, gains[start:stop])
        return np.asarray(alone[i] + np.where(masks >> i & 1, part, 0.0))

    return MembershipGame.from_rows(rows, n, game.players)


def _values_within(values: Floats, alone: Floats) -> Floats:
    """The Shapley value of each player in the game among each coalition's members, (2**n, n); outside: alone."""
    n = len(alone)
    shares = values.copy()
    for i in range(n):  # dividends: what each coalition adds to all smaller ones
        pairs = shares.reshape(-1, 2, 1 << i)
        pairs[:, 1] -= pairs[:, 0]
    shares /= np.maximum(coalition_sizes(n), 1)
    table = np.empty((1 << n, n), order="F")
    for player in range(n):
        own = shares.copy()
        own.reshape(-1, 2, 1 << player)[:, 0] = 0.0  # the dividends of coalitions the player is in
        for i in range(n):
            pairs = own.reshape(-1, 2, 1 << i)
            if i != player:
                pairs[:, 1] += pairs[:, 0]
        own.reshape(-1, 2, 1 << player)[:, 0] = alone[player]
        table[:, player] = own
    return table
