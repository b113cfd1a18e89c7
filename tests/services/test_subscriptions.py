"""Callbacks hear their topic, until they are taken away; a broken one disturbs nobody."""

from structlog.testing import capture_logs

from etrms_core.services.subscriptions import Subscriptions, Topic


def test_a_callback_hears_its_topic_only_in_order_of_subscription() -> None:
    subscriptions, heard = Subscriptions(), []
    subscriptions.subscribe(Topic.RISK, lambda message: heard.append(("first", message)))
    subscriptions.subscribe(Topic.RISK, lambda message: heard.append(("second", message)))
    subscriptions.publish(Topic.BREAKER, 1)
    subscriptions.publish(Topic.RISK, 2)
    assert heard == [("first", 2), ("second", 2)]


def test_unsubscribing_takes_one_callback_away_and_may_be_repeated() -> None:
    subscriptions, heard = Subscriptions(), []
    take_away = subscriptions.subscribe(Topic.RISK, heard.append)
    subscriptions.subscribe(Topic.RISK, heard.append)
    take_away()
    subscriptions.publish(Topic.RISK, 1)
    assert heard == [1]


def test_a_callback_that_raises_stays_and_the_others_hear() -> None:
    subscriptions, heard = Subscriptions(), []

    def fail(message: object) -> None:
        heard.append("failed")
        raise RuntimeError("broken")

    subscriptions.subscribe(Topic.RISK, fail)
    subscriptions.subscribe(Topic.RISK, heard.append)
    subscriptions.publish(Topic.RISK, 1)
    subscriptions.publish(Topic.RISK, 2)
    assert heard == ["failed", 1, "failed", 2]


def test_a_callback_may_unsubscribe_while_it_is_called() -> None:
    subscriptions, heard = Subscriptions(), []

    def once(message: object) -> None:
        heard.append(message)
        take_away()

    take_away = subscriptions.subscribe(Topic.RISK, once)
    subscriptions.publish(Topic.RISK, 1)
    subscriptions.publish(Topic.RISK, 2)
    assert heard == [1]


def test_a_callback_that_fails_each_time_is_logged_once_a_minute() -> None:
    def fail(_message: object) -> None:
        raise RuntimeError("broken")

    subscriptions = Subscriptions()
    subscriptions.subscribe(Topic.RISK, fail)
    with capture_logs() as logged:
        subscriptions.publish(Topic.RISK, 1)
        subscriptions.publish(Topic.RISK, 2)
    assert [entry["event"] for entry in logged] == ["subscriber failed"]
