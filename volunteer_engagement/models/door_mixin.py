from math import isfinite

from odoo import Command, api, models
from odoo.exceptions import AccessError, UserError

OFFICER_GROUP = "volunteer_engagement.group_volunteer_officer"
ADMINISTRATOR_GROUP = "volunteer_engagement.group_volunteer_administrator"

# what a column of whole numbers holds
MAX_INTEGER = 2**31 - 1


def is_id(value):
    """Return whether a value from outside can be the id of a record."""
    return type(value) is int and 0 < value <= MAX_INTEGER


def is_command(value):
    """Return whether a value from outside is a command of Odoo, or an id, for a field of many records."""
    if is_id(value):
        return True
    kind, *rest = value
    if kind in (Command.CREATE, Command.UPDATE):
        return isinstance(rest[1], dict) and (kind == Command.CREATE or is_id(rest[0]))
    if kind in (Command.DELETE, Command.UNLINK, Command.LINK):
        return is_id(rest[0])
    return kind == Command.CLEAR or (kind == Command.SET and all(map(is_id, rest[1])))


class HrVolunteerDoorMixin(models.AbstractModel):
    """Say which fields a person may write, and refuse all others, whoever asks and by whatever way.

    A model lists what people may write; whatever is not listed is closed by default, so that a field
    added later is safe until somebody decides otherwise. Steps of a life cycle are closed to everybody, the
    superuser included, because portal pages, scheduled actions and the mail gateway run as superuser.

    =====================  ======================================================================
    ``_user_fields``       what an employee may write on a record of their own
    ``_officer_fields``    what an officer may write on a record of somebody else
    ``_admin_fields``      what an administrator may write besides
    ``_create_fields``     what both may set besides when they create, and never change afterwards
    ``_step_fields``       what only ``_write_step`` writes
    =====================  ======================================================================

    An administrator may create history: records in any state, with any value, of anybody but themselves.
    """

    _name = "hr.volunteer.door.mixin"
    _description = "Fields that only the right person may write"

    _user_fields = frozenset()
    _officer_fields = frozenset()
    _admin_fields = frozenset()
    _create_fields = frozenset()
    _step_fields = frozenset()

    # ---------------------------------------------------------------------
    # CRUD
    # ---------------------------------------------------------------------

    @api.model
    def default_get(self, fields):
        """Return defaults, where closed fields get the model's own one: neither a ``default_`` key of the context
        nor a default that somebody saved for themselves decides them.

        :raise AccessError: for people who do not read the model at all
        """
        self.browse().check_access("read")
        is_open = self._user_fields | self._officer_fields | self._create_fields
        defaults = super().default_get([name for name in fields if name in is_open])
        for name in fields:
            field = self._fields.get(name)
            if field and name not in is_open and field.default:
                value = field.convert_to_cache(field.default(self), self, validate=False)
                defaults[name] = field.convert_to_write(field.convert_to_record(value, self), self)
        return defaults

    @api.model_create_multi
    def create(self, vals_list):
        """Create after checking each key.

        :raise AccessError: when a value is given that its writer may not set
        """
        is_history = not self.env.su and self.env.user.has_group(ADMINISTRATOR_GROUP)
        allowed = self._create_fields | (self._get_officer_fields() if self._is_officer() else self._user_fields)
        history_flags = []
        for vals in vals_list:
            protected = set(vals) & self._step_fields if self.env.su else set(vals) - allowed
            if protected and not is_history:
                raise self._prepare_closed_error(protected)
            history_flags.append(bool(protected))
            self._check_readable(vals)
        records = super().create(self._complete_create_vals([dict(vals) for vals in vals_list]))
        if any(history_flags):
            history = self.browse(record.id for record, flag in zip(records, history_flags) if flag)
            if history._filter_own(self.env.user):
                raise AccessError(self.env._("Ask another administrator: nobody writes their own history."))
        return records

    def write(self, vals):
        """Write after checking each key.

        :raise AccessError: when a field is closed to the person who writes
        """
        self._check_door(vals)
        self.check_access("write")
        self._check_readable(vals)
        self._check_values(vals)
        return super().write(vals)

    def copy_data(self, default=None):
        """Return the values of copies.

        :raise AccessError: for records that the person may not read
        """
        self.check_access("read")
        return super().copy_data(default)

    def _write_step(self, vals):
        """Write the fields of a step; the only way to them, and called by ``_transition`` alone."""
        return super().write(vals)  # pylint: disable=unknown-option-value,super-method-mismatch

    # ---------------------------------------------------------------------
    # Helpers
    # ---------------------------------------------------------------------

    def _check_door(self, names):
        closed = self._step_fields.intersection(names)
        if not self.env.su:
            as_officer = self._is_officer() and not self._filter_own(self.env.user)
            closed |= set(names) - (self._get_officer_fields() if as_officer else self._user_fields)
        if closed:
            raise self._prepare_closed_error(closed)

    def _check_readable(self, vals):
        """Raise in words when a value from outside is not of the kind that its field takes.

        :raise UserError: instead of what Python or the database would say
        """
        if self.env.su:
            return
        for name, value in vals.items():
            field = self._fields.get(name)
            if not field:
                continue
            try:
                fits = self._is_readable(field, value)
            except (ValueError, TypeError, AttributeError, OverflowError, LookupError):
                fits = False
            if not fits:
                raise UserError(
                    self.env._(
                        "%(field)s cannot be “%(value)s”: correct it and try again.",
                        field=field._description_string(self.env) or name,
                        value=str(value).replace("\0", "")[:50],
                    )
                )

    def _is_readable(self, field, value):
        """Return whether a value is of the kind of the field; what cannot be read at all raises as it likes."""
        if field.type == "many2one":
            # an id and no more: others would end in the query that reads the record
            return not value or is_id(value)
        if field.type in ("one2many", "many2many"):
            return not value or all(map(is_command, value))
        cached = field.convert_to_cache(value, self.browse())
        if field.type == "integer":
            return abs(cached or 0) <= MAX_INTEGER
        if field.type == "float":
            return isfinite(cached or 0)
        return not isinstance(value, str) or "\0" not in value

    def _check_values(self, vals):
        """Hook: raise in words when values do not fit now; only those who may write are told."""

    def _check_create_for(self, employee):
        """Raise unless the user may make records about ``employee``.

        Asked before anything is written, so that a unique index does not tell who takes part where.

        :raise AccessError: for colleagues, and for officers of another company
        """
        if self.env.su or employee.user_id == self.env.user:
            return
        if not self._is_officer() or employee.company_id not in self.env.companies:
            raise AccessError(self.env._("You can do this for yourself only. Ask a volunteering officer."))

    @api.model
    def _get_own_employees(self, companies=None):
        """Return the user's employee in each of the companies, or in all, by company, whichever are active."""
        domain = [("user_id", "=", self.env.uid)]
        if companies is not None:
            domain.append(("company_id", "in", companies.ids))
        # sudo: people without HR rights do not search employees; these are their own
        employees = self.env["hr.employee"].sudo().search(domain)
        return {employee.company_id: employee for employee in employees}

    def _prepare_no_employee_error(self, company):
        return UserError(
            self.env._(
                "You are no employee of %(company)s in this database. Ask your HR officer to link your user to your "
                "employee record.",
                company=company.name or "",
            )
        )

    def _complete_create_vals(self, vals_list):
        """Hook: add to checked values what the model derives itself. Returns the values to create with."""
        return vals_list

    @api.model
    def _ref_id(self, xmlid):
        """Return the id of a record of this module, or False where it was deleted. Cached, unlike ``env.ref``."""
        return self.env["ir.model.data"]._xmlid_to_res_id(f"volunteer_engagement.{xmlid}")

    def _filter_own(self, user):
        """Return the records that are about ``user``; on their own records people have no other role."""
        if "employee_user_id" not in self._fields:
            return self.browse()
        # sudo: compares one technical column, whatever the reader may see
        return self.sudo().filtered(lambda record: record.employee_user_id == user).sudo(self.env.su)

    def _get_officer_fields(self):
        if self.env.user.has_group(ADMINISTRATOR_GROUP):
            return self._officer_fields | self._admin_fields
        return self._officer_fields

    def _is_officer(self):
        return self.env.user.has_group(OFFICER_GROUP)

    def _prepare_closed_error(self, names):
        # a wrong name is a programming error that the ORM reports better than we do
        labels = [self._fields[name].string or name for name in sorted(names) if name in self._fields]
        return AccessError(
            self.env._(
                "%(fields)s cannot be changed here (%(model)s). Use the buttons of the form, or ask an officer.",
                fields=", ".join(labels or sorted(names)),
                model=self._description,
            )
        )
