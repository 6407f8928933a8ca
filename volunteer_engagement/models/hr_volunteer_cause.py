from odoo import fields, models


class HrVolunteerCause(models.Model):
    """What a mission serves, e.g. one of the 17 Sustainable Development Goals (UN resolution A/RES/70/1 of 2015)."""

    _name = "hr.volunteer.cause"
    _description = "Volunteering Cause"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    goal_number = fields.Integer(
        string="UN Goal", help="Number of the Sustainable Development Goal that this cause is, 1 to 17; 0 for none."
    )
    color = fields.Integer()
    active = fields.Boolean(default=True)

    _goal_number_valid = models.Constraint(
        "CHECK(goal_number BETWEEN 0 AND 17)", "The UN goals are numbered from 1 to 17; leave 0 for another cause."
    )
    _goal_number_uniq = models.UniqueIndex(
        "(goal_number) WHERE goal_number > 0", "There is a cause for this UN goal already."
    )
