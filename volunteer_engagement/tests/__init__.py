from importlib.util import find_spec

from . import test_access_table
from . import test_allowance
from . import test_application
from . import test_approval
from . import test_bad_input
from . import test_change
from . import test_company
from . import test_door
from . import test_erasure
from . import test_leak
from . import test_leaving
from . import test_mail
from . import test_mission
from . import test_privacy
from . import test_query_count
from . import test_registration
from . import test_reroute
from . import test_seat
from . import test_shift
from . import test_slot
from . import test_substitute
from . import test_tacit
from . import test_time
from . import test_view
from . import test_waiting
from . import test_wizard
from . import test_tour

# a package of development: Odoo's own runner may be without
if find_spec("hypothesis"):
    from . import test_state_machine
