"""Tax, totals and refunds: docs/pricing.md as properties."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.money import allocate, divide_half_up
from service.orders.rules.totals import LineRefund, SoldLine, line_money, refund_amount, refund_units, tax_rate, totals

amounts = st.integers(0, 5_000_000)
rates = st.integers(0, 3_000)


def test_tax_on_top_is_added_and_tax_within_is_contained() -> None:
    on_top = line_money(1_000, tax_bps=825, inclusive=False)
    within = line_money(1_200, tax_bps=2_000, inclusive=True)

    assert (on_top.tax_minor, on_top.paid_minor) == (83, 1_083)  # 82.5 rounds away from zero
    assert (within.tax_minor, within.paid_minor) == (200, 1_200)


def test_a_category_without_its_own_rate_takes_the_standard_one() -> None:
    assert tax_rate({"standard": 825, "food": 0}, "food") == 0
    assert tax_rate({"standard": 825}, "alcohol") == 825


@given(st.lists(st.tuples(amounts, rates), min_size=1, max_size=20), st.booleans())
def test_the_sum_of_the_lines_is_the_total_and_nothing_is_negative(lines: list, inclusive: bool) -> None:
    money = [line_money(total, tax_bps=rate, inclusive=inclusive) for total, rate in lines]
    sums = totals(money)

    assert sums.total_minor == sums.subtotal_minor + (0 if inclusive else sums.tax_minor)
    assert sums.total_minor == sum(line.paid_minor for line in money)
    assert all(0 <= line.tax_minor <= line.paid_minor for line in money)


@given(st.integers(-10_000_000, 10_000_000), st.lists(st.integers(0, 10_000), min_size=1, max_size=30))
def test_allocation_loses_nothing_and_stays_within_one_unit_of_the_share(amount: int, weights: list[int]) -> None:
    parts = allocate(amount, weights)

    assert sum(parts) == amount
    if sum(weights):
        assert all(
            abs(part * sum(weights) - amount * weight) < sum(weights)
            for part, weight in zip(parts, weights, strict=True)
        )


@given(st.integers(-(10**9), 10**9), st.integers(1, 10**6))
def test_halves_round_away_from_zero(numerator: int, denominator: int) -> None:
    result = divide_half_up(numerator, denominator)

    assert abs(result * denominator - numerator) * 2 <= denominator
    assert divide_half_up(-numerator, denominator) == -result


@st.composite
def sold_lines(draw: st.DrawFn) -> list[SoldLine]:
    lines = []
    for position in range(1, draw(st.integers(1, 6)) + 1):
        paid = draw(st.integers(0, 100_000))
        lines.append(SoldLine(position, draw(st.integers(1, 9)), paid, draw(st.integers(0, paid)), 0, 0))
    return lines


def _after(line: SoldLine, given_back: LineRefund) -> SoldLine:
    return SoldLine(
        line.position,
        line.quantity,
        line.paid_minor,
        line.tax_minor,
        line.refunded_minor + given_back.amount_minor,
        line.refunded_quantity + given_back.quantity,
    )


@given(sold_lines(), st.data())
def test_refunds_invert_the_allocation_to_the_last_unit_of_money_and_tax(
    lines: list[SoldLine], data: st.DataObject
) -> None:
    sold = {line.position: line for line in lines}
    paid, tax = sum(line.paid_minor for line in lines), sum(line.tax_minor for line in lines)
    back = taxed = 0
    for _ in range(data.draw(st.integers(0, 5))):
        left = sum(line.left_minor for line in sold.values())
        if left and data.draw(st.booleans()):
            parts = refund_amount(list(sold.values()), data.draw(st.integers(1, left)))
        else:
            line = data.draw(st.sampled_from([*sold.values()]))
            if line.refunded_quantity == line.quantity:
                continue
            parts = [refund_units(line, data.draw(st.integers(1, line.quantity - line.refunded_quantity)))]
        for part in parts:
            assert part.amount_minor >= 0
            assert 0 <= part.tax_minor <= part.amount_minor
            sold[part.position] = _after(sold[part.position], part)
            back, taxed = back + part.amount_minor, taxed + part.tax_minor
        assert back <= paid
    rest = sum(line.left_minor for line in sold.values())
    for part in refund_amount(list(sold.values()), rest) if rest else []:
        back, taxed = back + part.amount_minor, taxed + part.tax_minor
    assert (back, taxed) == (paid, tax)


@given(sold_lines())
def test_refunding_every_unit_one_by_one_gives_back_exactly_what_was_paid(lines: list[SoldLine]) -> None:
    for sold in lines:
        line, back = sold, 0
        for _ in range(sold.quantity):
            part = refund_units(line, 1)
            back += part.amount_minor
            line = _after(line, part)
        assert back == sold.paid_minor
