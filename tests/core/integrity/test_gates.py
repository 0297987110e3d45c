"""The gates: people are let in, programs that say so are not, and the first refusal is the one that is told."""

from itertools import combinations
from typing import Any

import pytest

from passalong.core.integrity.gates import GATES, MAX_USER_AGENT, Seen, first_refusal, is_declared_bot
from passalong.core.reasons import Reason

MOZILLA = "Mozilla/5.0"
IPHONE = f"{MOZILLA} (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
ANDROID = f"{MOZILLA} (Linux; Android 14; Pixel 8 Build/UQ1A.240105.004; wv) AppleWebKit/537.36 (KHTML, like Gecko)"

PEOPLE = {
    "Chrome on an M bot": f"{MOZILLA} (Linux; Android 8.1.0; M bot 60) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Mobile Safari/537.36",
    "Chrome on a Cubot": f"{MOZILLA} (Linux; Android 9; CUBOT_J5 Build/CUBOT_J5) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
    "Chrome on Windows": f"{MOZILLA} (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Safari/537.36",
    "Edge": f"{MOZILLA} (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 "
    "Safari/537.36 Edg/131.0.2903.86",
    "Opera": f"{MOZILLA} (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 "
    "Safari/537.36 OPR/115.0.0.0",
    "Firefox on Linux": f"{MOZILLA} (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
    "Firefox on Android": f"{MOZILLA} (Android 14; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0",
    "Safari on a Mac": f"{MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.1 Safari/605.1.15",
    "Safari on an iPhone": f"{IPHONE} Version/18.1 Mobile/15E148 Safari/604.1",
    "Chrome on an iPhone": f"{IPHONE} CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1",
    "Samsung Internet": f"{MOZILLA} (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) "
    "SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36",
    "Instagram on an iPhone": f"{IPHONE} Mobile/22B83 Instagram 361.0.0.35.82 (iPhone14,5; iOS 18_1; en_US; en; "
    "scale=3.00; 1170x2532; 674117118)",
    "Instagram on Android": f"{ANDROID} Version/4.0 Chrome/131.0.6778.39 Mobile Safari/537.36 Instagram "
    "361.0.0.46.88 Android (34/14; 420dpi; 1080x2400; Google/google; Pixel 8; shiba; shiba; en_US; 674675155)",
    "Facebook on an iPhone": f"{IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/492.0.0.101.111;FBBV/665337277;FBDV/iPhone14,5;"
    "FBMD/iPhone;FBSN/iOS;FBSV/18.1;FBSS/3;FBID/phone;FBLC/en_US;FBOP/5;FBRV/667433340]",
    "Facebook on Android": f"{ANDROID} Version/4.0 Chrome/131.0.6778.39 Mobile Safari/537.36 "
    "[FB_IAB/FB4A;FBAV/492.0.0.72.109;]",
    "TikTok on an iPhone": f"{IPHONE} Mobile/15E148 musical_ly_37.2.0 JsSdk/2.0 NetType/WIFI Channel/App Store "
    "ByteLocale/en Region/US isDarkMode/1",
    "TikTok on Android": f"{ANDROID} Version/4.0 Chrome/131.0.6778.39 Mobile Safari/537.36 "
    "trill_370204 JsSdk/1.0 NetType/WIFI Channel/googleplay AppName/musical_ly app_version/37.2.4 ByteLocale/en",
}

PROGRAMS = {
    "nothing": "",
    "Googlebot": f"{MOZILLA} (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Bingbot": f"{MOZILLA} AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; "
    "+http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36",
    "GPTBot": f"{MOZILLA} AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "Facebook's preview": "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Twitter's preview": "Twitterbot/1.0",
    "Slack's preview": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Telegram's preview": "TelegramBot (like TwitterBot)",
    "WhatsApp's preview": "WhatsApp/2.24.20.89 A",
    "Discord's preview": f"{MOZILLA} (compatible; Discordbot/2.0; +https://discordapp.com)",
    "a bot with a short name": f"{MOZILLA} (compatible; xm bot/1.0)",
    "Mastodon's preview": "Mastodon/4.3.1 (http.rb/5.2.0; +https://mastodon.social/)",
    "LinkedIn's preview": "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
    "curl": "curl/8.5.0",
    "wget": "Wget/1.21.4",
    "Python": "python-requests/2.32.3",
    "Go": "Go-http-client/2.0",
    "headless Chrome": f"{MOZILLA} (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/131.0.0.0 "
    "Safari/537.36",
}
CHROME = PEOPLE["Chrome on Windows"]


@pytest.mark.parametrize("agent", PEOPLE.values(), ids=PEOPLE)
def test_a_persons_browser_passes_every_gate(agent: str) -> None:
    assert first_refusal(Seen(user_agent=agent)) is None


@pytest.mark.parametrize("agent", PROGRAMS.values(), ids=PROGRAMS)
def test_a_program_that_says_so_is_a_bot(agent: str) -> None:
    assert first_refusal(Seen(user_agent=agent)) is Reason.BOT


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (Seen(CHROME, method="GET"), None),
        (Seen(CHROME, method="HEAD"), Reason.BOT),
        (Seen(CHROME, purpose="prefetch"), Reason.PREFETCH),
        (Seen(CHROME, purpose="prefetch;prerender"), Reason.PREFETCH),
        (Seen(CHROME, purpose="Prefetch"), Reason.PREFETCH),
        (Seen(CHROME, purpose="preview"), Reason.PREFETCH),
        (Seen(CHROME, purpose=""), None),
        (Seen(CHROME, purpose="navigate"), None),
        (Seen(CHROME, gpc=True), Reason.OPTED_OUT),
        (Seen(CHROME, hidden=True), Reason.NOT_VISIBLE),
        (Seen(CHROME, origin="https://a.example", origins=("https://a.example",)), None),
        (Seen(CHROME, origin="https://b.example", origins=("https://a.example",)), Reason.FOREIGN_ORIGIN),
        (Seen(CHROME, origin="null", origins=("https://a.example",)), Reason.FOREIGN_ORIGIN),
        (Seen(CHROME, origin="", origins=("https://a.example",)), Reason.FOREIGN_ORIGIN),
        (Seen(CHROME, origin="https://a.example.evil.example", origins=("https://a.example",)), Reason.FOREIGN_ORIGIN),
        (Seen(CHROME, origin=None, origins=("https://a.example",)), None),
    ],
)
def test_each_gate_looks_at_one_thing(seen: Seen, reason: Reason | None) -> None:
    assert first_refusal(seen) is reason


FAULTS: dict[Reason, dict[str, Any]] = {
    Reason.OPTED_OUT: {"gpc": True},
    Reason.FOREIGN_ORIGIN: {"origin": "https://b.example"},
    Reason.BOT: {"user_agent": "curl/8.5.0"},
    Reason.PREFETCH: {"purpose": "prefetch"},
    Reason.NOT_VISIBLE: {"hidden": True},
}


def test_there_is_a_fault_for_each_gate() -> None:
    assert len(FAULTS) == len(GATES)


@pytest.mark.parametrize(("first", "second"), list(combinations(FAULTS, 2)))
def test_of_two_faults_the_earlier_gate_is_told(first: Reason, second: Reason) -> None:
    both = Seen(**({"user_agent": CHROME} | FAULTS[second] | FAULTS[first]))
    assert first_refusal(both) is first


def test_an_endless_user_agent_is_cut_before_it_is_matched() -> None:
    padding = "x" * (MAX_USER_AGENT - len(CHROME) - 1)
    assert first_refusal(Seen(user_agent=f"{CHROME} {padding}Googlebot/2.1")) is None
    assert is_declared_bot(f"{CHROME} Googlebot/2.1")


def test_user_agents_that_are_made_to_be_slow_are_answered_soon() -> None:
    """No pattern backtracks badly on 512 characters: a thousand odd ones would take minutes if one did."""
    for piece in ("(", "/1.", "a/", "; ", "bot", "\\", "1.0 ", "a-", ":%"):
        for number in range(100):
            first_refusal(Seen(user_agent=(piece * 600)[number : number + MAX_USER_AGENT]))
