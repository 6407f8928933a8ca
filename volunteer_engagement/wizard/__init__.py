from . import hr_volunteer_reason_wizard
from . import hr_volunteer_settings
from . import hr_volunteer_invite
