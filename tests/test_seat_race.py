"""The last seat goes to one person, however many ask for it at the same moment."""


def test_seats_are_never_oversold(installed):
    rounds = installed.shell("seat_race.py").result
    assert len(rounds) > 3
    for one in rounds:
        outcomes = [result["outcome"] for result in one["results"]]
        assert "error" not in outcomes, one
        # nobody saw a seat taken before they all ran, so the race was one
        assert all(result["seen"] == 0 or result["attempts"] > 1 for result in one["results"]), one
        assert outcomes.count("seat") == one["seats"], one
        assert one["taken"] == list(range(1, one["seats"] + 1)), one
        assert one["states"].count("confirmed") == one["seats"], one
        assert one["states"].count("contact") == len(outcomes) - one["seats"], one
        for result in one["results"]:
            assert result["outcome"] == "seat" or "is full" in result["message"], one
