from . import application_link
from . import approval_link
from . import association
from . import invitation
from . import employee
from . import presentation
