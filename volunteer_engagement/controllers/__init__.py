from . import application_link
from . import invitation
from . import presentation
