import re
from collections import defaultdict

from psycopg2.errors import UniqueViolation

from odoo import fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.tools import SQL


def lock_for_share(records):
    """Read the rows of records for sharing: two steps may at once, and a change that was committed since this
    transaction began makes it fail to serialise, so that Odoo tries it again on fresh data.

    A change that begins meanwhile waits for this transaction, and does not see what it did.
    """
    if records:
        records.flush_recordset()
        records.env.execute_query(
            SQL(
                "SELECT id FROM %s WHERE id IN %s ORDER BY id FOR SHARE",
                SQL.identifier(records._table),
                tuple(records.ids),
            )
        )


class HrVolunteerSeatMixin(models.AbstractModel):
    """Give numbered seats, so that the database itself refuses the one too many.

    Odoo reads at REPEATABLE READ, where counting and then writing oversells whatever is locked. A unique index on the
    number can't be outrun. The model that inherits declares that index on ``(_seat_parent, seat_number)``.
    """

    _name = "hr.volunteer.seat.mixin"
    _description = "Numbered seats that cannot be oversold"

    _seat_parent = None

    seat_number = fields.Integer(
        readonly=True, copy=False, aggregator=None, help="Which place of the mission is taken; 0 for none."
    )

    def _take_seats(self):
        """Write the lowest free seat numbers of the parents, in one statement. Without a parent no seat is needed.

        :raise UserError: when a parent has not enough free places; nothing is taken then
        """
        # whoever has a seat keeps it
        records = self.filtered(lambda record: not record.seat_number and record[record._seat_parent])
        if not records:
            return
        records.flush_model()
        parents = records[self._seat_parent]
        taken = defaultdict(set)
        for parent_id, number in self.env.execute_query(
            SQL(
                "SELECT %(parent)s, seat_number FROM %(table)s WHERE %(parent)s IN %(ids)s AND seat_number > 0",
                parent=SQL.identifier(self._seat_parent),
                table=SQL.identifier(self._table),
                ids=tuple(parents.ids),
            )
        ):
            taken[parent_id].add(number)
        while True:
            numbers = records._choose_seats(taken)
            update = SQL(
                "UPDATE %(table)s SET seat_number = seat.number FROM (VALUES %(numbers)s) AS seat(id, number) "
                "WHERE %(table)s.id = seat.id",
                table=SQL.identifier(self._table),
                numbers=SQL(", ").join(SQL("(%s, %s)", *pair) for pair in numbers.items()),
            )
            try:
                with self.env.cr.savepoint(flush=False):
                    self.env.cr.execute(update, log_exceptions=False)
                break
            except UniqueViolation as error:
                # somebody took that seat after our snapshot: it can't be seen, only skipped
                parent_id, number = re.search(r"=\((\d+), (\d+)\)", error.diag.message_detail).groups()
                taken[int(parent_id)].add(int(number))
        own = self._get_own_seats()
        for record in records:
            own[record[self._seat_parent].id].add(numbers[record.id])
        records.invalidate_recordset(["seat_number"], flush=False)
        parents.invalidate_recordset(["seats_taken", "seats_available", "is_full"], flush=False)

    def _choose_seats(self, taken):
        """Return the seat number of each record id, the lowest that are not in ``taken`` (numbers by parent id)."""
        numbers = {}
        used = {parent_id: set(seats) for parent_id, seats in taken.items()}
        for record in self:
            parent = record[self._seat_parent]
            seats = used.setdefault(parent.id, set())
            number = next(number for number in range(1, len(seats) + 2) if number not in seats)
            # numbers above a capacity that was lowered stay: what counts is how many there are
            if parent.capacity and len(seats) >= parent.capacity:
                self._check_given_back(parent, taken.get(parent.id, set()))
                raise UserError(
                    self.env._(
                        "“%(mission)s” is full: all %(capacity)s places are taken. Join the waiting list, or choose "
                        "another mission.",
                        mission=parent.display_name,
                        capacity=parent.capacity,
                    )
                )
            seats.add(number)
            numbers[record.id] = number
        return numbers

    def _get_own_seats(self):
        """Return the seats that this transaction took, numbers by parent id."""
        return self.env.cr.postcommit.data.setdefault(f"{self._name}.seats", defaultdict(set))

    def _check_given_back(self, parent, numbers):
        """Nobody is refused for a seat that was given back after this transaction began to read.

        :param set numbers: the seats that it takes for taken
        :raise ConcurrencyError: Odoo tries again, on fresh data
        """
        # a connection of its own sees what is committed by now
        with self.env.registry.cursor() as cr:
            cr.execute(
                SQL(
                    "SELECT seat_number FROM %s WHERE %s = %s AND seat_number > 0",
                    SQL.identifier(self._table),
                    SQL.identifier(self._seat_parent),
                    parent.id,
                )
            )
            committed = {number for (number,) in cr.fetchall()}
        if numbers - committed - self._get_own_seats()[parent.id]:
            raise ConcurrencyError(self.env._("A place was given back at this moment: try again."))
