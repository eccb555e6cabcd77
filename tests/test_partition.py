"""Coalition structures: their list, their worths and values, which of them last; each against the definition."""

from __future__ import annotations

import itertools
import math
import pickle
from fractions import Fraction

import numpy as np
import pytest

import bargain as bg
from bargain.games import GameError
from bargain.partition import merged_game, partition_value, partition_worths, stable_structures
from bargain.structures import PartitionGame, coalition_structures, structure_blocks, structure_count, structure_rows
from bargain_models.safe_coalition import SafeCoalition


def all_structures(players):
    """Every way to split a list into blocks, by recursion: the last player joins a block or is alone."""
    if not players:
        yield []
        return
    *others, last = players
    for blocks in all_structures(others):
        yield from ([*blocks[:k], [*blocks[k], last], *blocks[k + 1 :]] for k in range(len(blocks)))
        yield [*blocks, [last]]


def as_key(blocks):
    return tuple(sorted(tuple(sorted(block)) for block in blocks))


def random_game(seed, n, *, ties=False):
    rng = np.random.default_rng(seed)
    shape = (structure_count(n), n)
    return PartitionGame(rng.integers(0, 4, shape) if ties else rng.normal(size=shape))


def abatement_worth(block, structure):
    """Each member of a coalition of s does s; a coalition of s has s(Q - s^2/2), Q the sum of squares."""
    s, total = len(block), sum(len(each) ** 2 for each in structure)
    return Fraction(s) * (total - Fraction(s * s, 2))


# The list


@pytest.mark.parametrize("n", range(1, 9))
def test_every_structure_is_listed_once_and_found_again(n):
    labels = coalition_structures(n)
    listed = [as_key([[i for i in range(n) if row[i] == k] for k in set(row)]) for row in labels.tolist()]
    assert sorted(listed) == sorted(as_key(blocks) for blocks in all_structures(list(range(n))))
    assert labels.tolist() == sorted(labels.tolist())
    assert structure_rows(labels).tolist() == list(range(len(labels)))
    shuffled = np.random.default_rng(n).permutation(n)[labels]
    assert structure_rows(shuffled).tolist() == list(range(len(labels)))
    masks = (labels[:, :, None] == labels[:, None, :]) @ (1 << np.arange(n))
    np.testing.assert_array_equal(structure_blocks(n), masks)


def test_bell_numbers():
    """Sequence A000110 of the On-Line Encyclopedia of Integer Sequences."""
    bell = [1, 2, 5, 15, 52, 203, 877, 4140, 21147, 115975, 678570, 4213597]
    assert [structure_count(n) for n in range(1, 13)] == bell
    assert coalition_structures(10).shape == (115975, 10)
    assert coalition_structures(10)[-1].tolist() == list(range(10))
    with pytest.raises(ValueError, match="read-only"):
        coalition_structures(4)[0, 0] = 1
    for n in (0, 13):
        with pytest.raises(GameError, match=f"{n} players; .* 1 to 12"):
            coalition_structures(n)


def test_partition_games_are_checked():
    with pytest.raises(GameError, match=r"shape \(4, 3\): .* 3 players have 5 structures"):
        PartitionGame(np.ones((4, 3)))
    with pytest.raises(GameError, match=r"shape \(5,\)"):
        PartitionGame(np.ones(5))
    with pytest.raises(GameError, match=r"payoff of B under the structure \{A\} \{B\} is inf"):
        PartitionGame([[1, 1], [1, math.inf]], ["A", "B"])
    game = random_game(0, 3)
    assert pickle.loads(pickle.dumps(game)) == game
    assert game != random_game(1, 3)
    for wrong in ([[0], [1]], [[0, 1], [1, 2]], [[0, 1, 2], [], [0]]):
        with pytest.raises(GameError):
            game.row(wrong)
    for row, structure in enumerate(map(game.structure, range(5))):
        assert game.row(structure) == game.row(structure[::-1]) == row


@pytest.mark.parametrize("n", [1, 3, 5])
def test_worths_are_sums_over_blocks(n):
    game = random_game(n, n)
    for row in range(len(game.payoffs)):
        for block in game.structure(row):
            assert game.worths[row, list(block)] == pytest.approx(game.payoffs[row, list(block)].sum())


# Worths


def test_hart_kurz_1983_gamma_and_delta():
    """The abatement game of three, own instance: PF {1}{2}{3} 5/2 each, {12}{3} 6 and 9/2, {123} 27/2."""
    game = PartitionGame.from_worths(abatement_worth, 3)
    worths = {game.label(row): game.worths[row].tolist() for row in range(5)}
    assert worths["{player 1} {player 2} {player 3}"] == [2.5, 2.5, 2.5]
    assert worths["{player 1, player 2} {player 3}"] == [6.0, 6.0, 4.5]
    assert worths["{player 1, player 2, player 3}"] == [13.5] * 3
    gamma, delta = partition_worths(game, "gamma"), partition_worths(game, "delta")
    assert gamma.tolist() == [0, 2.5, 2.5, 6, 2.5, 6, 6, 13.5]
    assert delta.tolist() == [0, 4.5, 4.5, 6, 4.5, 6, 6, 13.5]
    split = np.array([13.5 / 3 * mask.bit_count() for mask in range(8)])
    assert (split >= gamma).all()
    assert (split >= delta).all()
    for worths in (gamma, delta):
        assert bg.core(worths).nonempty
        assert bg.is_in_core(worths, [4.5] * 3)


@pytest.mark.parametrize("n", range(1, 6))
def test_worths_by_definition(n):
    game = random_game(n, n)
    every = {as_key(blocks) for blocks in all_structures(list(range(n)))}
    found = {response: partition_worths(game, response) for response in ("gamma", "delta", "pessimistic", "optimistic")}
    assert all(worths[0] == 0 for worths in found.values())
    for size in range(1, n + 1):
        for members in itertools.combinations(range(n), size):
            mask, rest = sum(1 << i for i in members), [i for i in range(n) if i not in members]

            def worth(structure, members=members):
                return game.payoffs[game.row(structure), list(members)].sum()

            gamma = worth([members, *([i] for i in rest)])
            delta = worth([members, rest] if rest else [members])
            all_worths = [worth(structure) for structure in every if members in structure]
            assert found["gamma"][mask] == pytest.approx(gamma)
            assert found["delta"][mask] == pytest.approx(delta)
            assert found["pessimistic"][mask] == pytest.approx(min(all_worths))
            assert found["optimistic"][mask] == pytest.approx(max(all_worths))
    with pytest.raises(GameError, match="No response is called 'beta'"):
        partition_worths(game, "beta")


# Myerson's value


def myerson(worth, n):
    """The formula of Myerson (1977) as it is printed, in rationals."""
    value = [Fraction(0)] * n
    for blocks in all_structures(list(range(n))):
        structure = as_key(blocks)
        q = len(structure)
        for S in structure:
            for i in range(n):
                bracket = Fraction(1, n) - sum(
                    Fraction(1, (q - 1) * (n - len(T))) for T in structure if S != T and i not in T
                )
                value[i] += (-1) ** (q - 1) * math.factorial(q - 1) * bracket * worth(S, structure)
    return value


def shapley(v, n):
    """Shapley's value over all orders of arrival."""
    value = [Fraction(0)] * n
    for order in itertools.permutations(range(n)):
        arrived = 0
        for i in order:
            value[i] += Fraction(v(arrived | 1 << i) - v(arrived)) / math.factorial(n)
            arrived |= 1 << i
    return value


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6])
def test_value_is_the_printed_formula(n):
    table = {}

    def worth(block, structure):
        key = tuple(block), as_key(structure)
        return table.setdefault(key, Fraction(hash(key) % 97 - 40))

    found = partition_value(PartitionGame.from_worths(worth, n))
    np.testing.assert_allclose(found, [float(each) for each in myerson(worth, n)], atol=1e-10)
    assert found.sum() == pytest.approx(float(worth(tuple(range(n)), (tuple(range(n)),))), abs=1e-10)


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_value_without_externalities_is_shapleys(n):
    worths = np.random.default_rng(n).integers(-5, 9, 2**n).tolist()
    worths[0] = 0
    game = PartitionGame.from_worths(lambda block, _: worths[sum(1 << i for i in block)], n)
    expected = [float(each) for each in shapley(lambda mask: worths[mask], n)]
    np.testing.assert_allclose(partition_value(game), expected, atol=1e-11)


def test_myerson_1977_examples():
    """Abatement: 9/2 each by symmetry. Player 1 alone has 1 once 2 and 3 merge, and so does {123}: 1, 0, 0."""
    abatement = PartitionGame.from_worths(abatement_worth, 3)
    np.testing.assert_allclose(partition_value(abatement), [4.5] * 3, rtol=1e-14)

    def worth(block, structure):
        return int((block, structure) in (((0, 1, 2), ((0, 1, 2),)), ((0,), ((0,), (1, 2)))))

    np.testing.assert_allclose(partition_value(PartitionGame.from_worths(worth, 3)), [1, 0, 0], atol=1e-15)
    assert myerson(worth, 3) == [1, 0, 0]


def test_value_of_ten_players_keeps_its_digits():
    game = random_game(4, 10)
    assert partition_value(game).sum() == pytest.approx(game.payoffs[0].sum(), abs=1e-7)


# Stable structures


def stable_by_definition(game, entry):
    n, stable = game.n_players, []
    for row in range(len(game.payoffs)):
        structure = [set(block) for block in game.structure(row)]

        def escapes(i, target, structure=structure, row=row):
            left = [block - {i} for block in structure if block - {i} and block != target]
            after = game.row([*left, target | {i}])
            gains = game.payoffs[after, i] > game.payoffs[row, i] + 1e-12
            hurt = any(game.payoffs[after, j] < game.payoffs[row, j] - 1e-12 for j in target)
            return gains and (entry == "open" or not hurt)

        targets = {i: [block for block in structure if i not in block] + [set()] for i in range(n)}
        if not any(escapes(i, target) for i in range(n) for target in targets[i]):
            stable.append(row)
    return stable


@pytest.mark.parametrize("entry", ["consent", "open"])
@pytest.mark.parametrize("seed", range(16))
def test_stable_structures_by_definition(seed, entry):
    game = random_game(seed, 1 + seed % 4, ties=seed % 2 == 0)
    found = stable_structures(game, entry)
    assert list(found.rows) == stable_by_definition(game, entry)
    assert found.residual() == 0
    for row in range(len(game.payoffs)):
        assert bool(found.moves(row)) == (row not in found.rows)


def clubs(capabilities, stake, spillover, fee):
    """Clubs pool capabilities; everyone's payoff is its stake in its share of them, less a fee in a club."""
    k = np.array(capabilities, dtype=float)
    labels = coalition_structures(len(k))
    payoffs = np.empty(labels.shape)
    for row, label in enumerate(labels):
        pooled = np.array([k[label == own].sum() for own in label])
        size = np.array([(label == own).sum() for own in label])
        new = k + spillover * (pooled - k)
        payoffs[row] = stake * new / new.sum() - fee * (size > 1)
    return PartitionGame(payoffs)


def test_clubs_of_capacity():
    """Pooling with spillover 1/2: no structure of (4, 2, 1, 1) lasts at a fee of 2, all are single at 6."""
    game = clubs((4, 2, 1, 1), 100, 0.5, 2)
    assert game.payoffs[game.row([[0, 1], [2], [3]])] == pytest.approx([43.4545, 34.3636, 9.0909, 9.0909], abs=5e-5)
    assert game.payoffs[game.row([[0], [1, 2, 3]])] == pytest.approx([33.3333, 23, 18.8333, 18.8333], abs=5e-5)
    assert stable_structures(game).rows == ()
    assert stable_structures(clubs((4, 2, 1, 1), 100, 0.5, 6)).structures == (((0,), (1,), (2,), (3,)),)
    grand = stable_structures(clubs((3, 2, 2), 100, 0.5, 2))
    assert grand.structures == (((0, 1, 2),),)
    assert "1 of 5 coalition structures are stable, entry: consent" in str(grand)
    assert grand.to_dict()["structures"] == [[["player 1", "player 2", "player 3"]]]
    with pytest.raises(GameError, match="No kind of entry is called 'club'"):
        stable_structures(game, "club")


# Equilibria between coalitions


@pytest.mark.parametrize("seed", range(4))
def test_merged_game_sums_payoffs(seed):
    rng = np.random.default_rng(seed)
    game = bg.NormalFormGame(rng.integers(0, 9, (3, 2, 3, 2)), players=["A", "B", "C"])
    merged = merged_game(game, [["C", "A"], ["B"]])
    assert merged.players == ("A + C", "B")
    assert merged.actions == (("1, 1", "1, 2", "2, 1", "2, 2"), ("1", "2", "3"))
    assert merged.exact
    for a, b, c in np.ndindex(2, 3, 2):
        together = merged.payoffs[:, 2 * a + c, b]
        assert together.tolist() == [game.payoffs[[0, 2], a, b, c].sum(), game.payoffs[1, a, b, c]]
    assert merged_game(game, [[0], [1], [2]]) == game
    for wrong in ([[0], [1]], [[0, 1], [1, 2]]):
        with pytest.raises(GameError, match="exactly one"):
            merged_game(game, wrong)


@pytest.mark.parametrize("benefits", ["linear", "quadratic", "emissions"])
def test_equilibrium_between_coalitions_of_effort(benefits):
    """No coalition of any structure can raise its sum by changing what its members do."""
    rng = np.random.default_rng(7)
    n = 4
    draw = {name: tuple(rng.uniform(0.2, 2, n).tolist()) for name in ("benefit", "cost", "alpha", "beta", "phi", "d")}
    if benefits == "emissions":
        draw |= {"alpha": (9.0, 0.4, 6.0, 3.0), "member_exposure": (1.0, 0.5, 0.8, 1.0)}
    model = SafeCoalition(benefits=benefits, **draw)
    game = model.partition()
    singles, grand = game.row([[i] for i in range(n)]), game.row([range(n)])
    membership = model.membership()
    np.testing.assert_allclose(game.payoffs[singles], membership.payoffs[0], rtol=1e-12)
    np.testing.assert_allclose(game.payoffs[grand], membership.payoffs[15], rtol=1e-12)
    pair = game.row([[0, 2], [1], [3]])
    np.testing.assert_allclose(game.payoffs[pair], membership.payoffs[0b0101], rtol=1e-12)

    from scipy.optimize import minimize

    def payoffs(actions, structure):
        total = actions.sum()
        size = {i: len(block) for block in structure for i in block}
        if benefits == "emissions":
            share = np.array([model.member_exposure[i] if size[i] > 1 else 1.0 for i in range(n)])
            damage = share * (np.array(model.d) * total + np.array(model.phi) * total**2 / 2)
            return np.array(model.alpha) * actions - np.array(model.beta) * actions**2 / 2 - damage
        gain = total if benefits == "linear" else model.target * total - total**2 / 2
        return np.array(model.benefit) * gain - np.array(model.cost) * actions**2 / 2

    structure = [[0, 1], [2, 3]]
    actions = np.ones(n)
    for _ in range(200):
        before = actions.copy()
        for block in structure:

            def loss(own, block=block):
                trial = actions.copy()
                trial[block] = own
                return -payoffs(trial, structure)[block].sum()

            solved = minimize(loss, actions[block], bounds=[(0, None)] * len(block), method="L-BFGS-B", tol=1e-14)
            actions[block] = solved.x
        if np.abs(actions - before).max() < 1e-9:
            break
    found = game.payoffs[game.row(structure)]
    np.testing.assert_allclose(found, payoffs(actions, structure), rtol=1e-4, atol=1e-4)


def test_structures_need_simultaneous_moves():
    with pytest.raises(ValueError, match="none moves first"):
        SafeCoalition(moves="stackelberg").partition()
    with pytest.raises(GameError, match="13 players"):
        SafeCoalition(benefit=(1.0,) * 13).partition()
