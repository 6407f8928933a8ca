"""People act at the same moment, in processes and connections of their own, through Odoo's own retries.

``make test`` runs each race twice: once all see the same data before the first one acts, once each begins a moment of
its own after the start. ``make stress`` runs them 50 times, and prints what came out.
"""


def test_thirty_employees_and_three_seats(race):
    results = race("seats")
    # otherwise nobody raced
    assert all(any(one["reason"] == "full" for one in result["outcomes"]) for result in results)


def test_manager_approves_while_the_employee_cancels(race):
    race("approve against cancel")


def test_two_answers_to_one_question(race):
    race("two answers to one question")


def test_two_officers_and_one_registration(race):
    race("two officers, one registration")


def test_overlapping_dates_of_one_employee(race):
    race("overlapping dates of one employee")


def test_confirmed_in_two_windows(race):
    race("confirmed in two windows")


def test_ten_employees_and_a_shift_of_two(race):
    race("shift")


def test_places_taken_away_while_people_confirm(race):
    race("places taken away while people confirm")


def test_mission_cancelled_while_people_apply(race):
    race("mission cancelled while people apply")


def test_freed_places_go_to_the_first_who_wait(race):
    race("two places given back at once")


def test_place_given_back_unseen(race):
    race("a place given back unseen")


def test_kept_place_taken_as_it_lapses(race):
    race("a kept place taken as it lapses")


def test_manager_approves_while_the_employee_takes_back(race):
    race("approve against take back")


def test_two_confirmations_and_one_allowance(race):
    race("two confirmations, one allowance")


def test_silence_is_taken_for_consent_while_the_manager_answers(race):
    race("silence against the manager")
