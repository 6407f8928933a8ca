from . import application_link
