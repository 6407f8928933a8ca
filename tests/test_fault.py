"""What holds when something breaks in the middle of a step."""


def test_job_that_is_killed_goes_on_at_its_next_run(race):
    race("a job is killed")


def test_step_whose_connection_is_cut_leaves_nothing(race):
    race("a connection is cut")


def test_mails_wait_for_a_mail_server_that_is_down(race):
    race("the mail server is down")


def test_draft_deleted_while_it_is_sent(race):
    race("a draft is deleted while it is sent")


def test_registration_withdrawn_while_the_employee_takes_part(race):
    race("withdrawn at the same moment")
