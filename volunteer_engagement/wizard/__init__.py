from . import hr_volunteer_reason_wizard
