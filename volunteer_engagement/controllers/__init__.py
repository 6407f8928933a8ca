from . import application_link
from . import presentation
