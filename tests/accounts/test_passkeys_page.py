"""GET /demo/passkeys, in a real browser with a virtual authenticator."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from service import create_app
from service.http.edge import Edge
from tests.conftest import empty_database, settings_for
from tests.factories import make_customer
from tests.serving import Server, serving

from .conftest import PASSWORD

pytestmark = pytest.mark.browser
SCREENSHOTS = Path(__file__).parents[2] / "build" / "screens"
PHONE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The settings that server and tests share."""
    folder = tmp_path_factory.mktemp("passkeys")
    return {
        "DATABASE_URL": f"sqlite:///{folder / 'sayso.db'}",
        "INSTANCE_PATH": str(folder),
        "SECRET_KEY": "a secret of the tests, forty characters!",
        "PASSWORD_MEMORY_KIB": "64",
        "RATE_LIMITS": "0",
        "SQLITE_SYNCHRONOUS": "OFF",
        "SERVER_PROCESSES": "1",
        "DEMO": "1",
    }


@pytest.fixture(scope="module")
def served_app(environ: dict[str, str]) -> Iterator[Edge]:
    """The application on the server's database."""
    app = create_app(settings_for(environ["DATABASE_URL"], Path(environ["INSTANCE_PATH"])))
    with app.app_context():
        app.extensions["sayso.alembic"].upgrade()
    yield app
    app.database.dispose()


@pytest.fixture(scope="module")
def server(environ: dict[str, str], served_app: Edge) -> Iterator[Server]:
    """The server as it is deployed, with its default relying party: localhost, on its port."""
    with serving(environ, Path(environ["INSTANCE_PATH"])) as running:
        yield running


class Tab:
    """A browser tab on the page, its authenticator, and what the page complained about."""

    def __init__(self, browser: Any, url: str, **options: Any) -> None:
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        self.complaints: list[str] = []
        self.requested: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda said: "Policy" in said.text and self.complaints.append(said.text))
        self.page.on("request", lambda request: self.requested.append(request.url))
        self.cdp = self.context.new_cdp_session(self.page)
        self.cdp.send("WebAuthn.enable")
        self.authenticator_id = self.new_authenticator()
        self.url = url
        self.page.goto(f"{url}/demo/passkeys")

    def new_authenticator(self, **changes: Any) -> str:
        """Plug in an authenticator and return its id."""
        added = self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": PHONE | changes})
        found: str = added["authenticatorId"]
        return found

    def press(self, name: str) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def told(self, words: str) -> None:
        """Wait until the page says so."""
        self.page.locator("#told", has_text=words).wait_for()

    def sign_in_with_password(self) -> None:
        """Sign in as Jane."""
        form = self.page.locator("#password-form")
        form.get_by_label("E-mail address").fill("jane@example.com")
        form.get_by_label("Password").fill(PASSWORD)
        form.get_by_role("button").click()
        self.told("You are signed in")

    def add(self, name: str) -> None:
        """Add a passkey."""
        self.page.get_by_label("Its name").fill(name)
        self.press("Add a passkey")
        self.told("The passkey was added")

    def names(self) -> list[str]:
        """Return the names of the passkeys in the list."""
        found: list[str] = self.page.eval_on_selector_all("#passkeys input", "all => all.map(each => each.value)")
        return found

    def credentials(self) -> list[dict[str, Any]]:
        """Return what the authenticator keeps."""
        kept: list[dict[str, Any]] = self.cdp.send(
            "WebAuthn.getCredentials", {"authenticatorId": self.authenticator_id}
        )["credentials"]
        return kept


@pytest.fixture
def opened(browser: Any, server: Server, served_app: Edge) -> Iterator[Any]:
    """Open tabs on the page; they must not complain, and ask nobody else."""
    session: Session
    with served_app.database.writing() as session:
        make_customer(session, email="jane@example.com", name="Jane", password=PASSWORD)
    tabs: list[Tab] = []

    def open_tab(host: str = "localhost", **options: Any) -> Tab:
        tabs.append(Tab(browser, f"http://{host}:{server.port}", **options))
        return tabs[-1]

    yield open_tab
    for tab in tabs:
        tab.context.close()
        assert tab.complaints == []
        assert all(url.startswith(tab.url) for url in tab.requested)
    empty_database(served_app)


def test_a_passkey_is_added_signs_in_is_renamed_and_removed(opened: Any) -> None:
    tab = opened()
    tab.sign_in_with_password()
    tab.add("<b>Phone</b>")
    assert tab.names() == ["<b>Phone</b>"]
    (kept,) = tab.credentials()
    assert (kept["rpId"], kept["isResidentCredential"]) == ("localhost", True)

    tab.press("Sign out")
    tab.told("You are signed out")
    tab.press("Sign in with a passkey")
    tab.told("You are signed in")
    assert tab.page.locator("#who").text_content() == "jane@example.com"
    assert "last used" in (tab.page.locator("#passkeys").text_content() or "")

    tab.page.get_by_label("Name", exact=True).fill("Old phone")
    tab.press("Save name")
    tab.told("new name")
    assert tab.names() == ["Old phone"]
    tab.press("Remove")
    tab.told("was removed")
    assert tab.names() == []
    tab.press("Sign out")
    tab.press("Sign in with a passkey")
    tab.told("This passkey wasn't accepted")


def test_a_device_is_not_added_twice(opened: Any) -> None:
    tab = opened()
    tab.sign_in_with_password()
    tab.add("Phone")
    tab.press("Add a passkey")
    tab.told("has a passkey of this account already")


def test_an_account_is_made_with_a_passkey_only_and_keeps_it(opened: Any) -> None:
    tab = opened()
    tab.page.locator("#address-form").get_by_label("Your e-mail address").fill("new@example.com")
    tab.press("Send me a code")
    tab.page.get_by_label("Code from the mail").wait_for()
    code = tab.page.request.get(f"{tab.url}/demo/mail.json").json()["data"][0]["code"]
    tab.page.get_by_label("Code from the mail").fill(code)
    tab.press("Create my account with a passkey")
    tab.told("You are signed in")

    tab.press("Remove")
    tab.told("You couldn't sign in any more")
    tab.press("Sign out")
    tab.press("Sign in with a passkey")
    tab.told("You are signed in")
    assert tab.page.locator("#who").text_content() == "new@example.com"


def test_who_was_not_verified_does_not_get_in(opened: Any) -> None:
    tab = opened()
    tab.sign_in_with_password()
    tab.add("Phone")
    tab.press("Sign out")
    tab.told("You are signed out")
    tab.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": tab.authenticator_id, "isUserVerified": False})

    tab.press("Sign in with a passkey")

    tab.told("Your device was not asked, or you said no")


def test_a_copied_passkey_is_refused_and_marked(opened: Any) -> None:
    """Two authenticators with one key: the copy signs in as often as the other one did, and stands out."""
    tab = opened()
    tab.sign_in_with_password()
    tab.add("Phone")
    (copied,) = tab.credentials()
    for _ in range(2):
        tab.press("Sign out")
        tab.told("You are signed out")
        tab.press("Sign in with a passkey")
        tab.told("You are signed in")
    tab.press("Sign out")
    tab.told("You are signed out")
    tab.cdp.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": tab.authenticator_id})
    tab.authenticator_id = tab.new_authenticator()
    tab.cdp.send("WebAuthn.addCredential", {"authenticatorId": tab.authenticator_id, "credential": copied})

    tab.press("Sign in with a passkey")

    tab.told("answered as only a copy would")
    tab.sign_in_with_password()
    tab.page.get_by_text("It answered as only a copy of it would").wait_for()


def test_the_address_by_number_leads_to_the_one_by_name(opened: Any, server: Server) -> None:
    tab = opened("127.0.0.1")

    link = tab.page.locator("#elsewhere a")
    assert link.get_attribute("href") == f"http://localhost:{server.port}/demo/passkeys"
    assert link.is_visible()
    tab.press("Sign in with a passkey")
    tab.told("Passkeys can't be used at this address")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(opened: Any, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed (make install)")
    tab = opened(color_scheme=scheme)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)

    def violations() -> list[Any]:
        found = axe.Axe().run(tab.page).response["violations"]
        return [(each["id"], [node["target"] for node in each["nodes"]][:5]) for each in found]

    assert violations() == []
    tab.page.screenshot(path=SCREENSHOTS / f"passkeys-signed-out-{scheme}.png", full_page=True)
    tab.page.locator("#address-form").get_by_label("Your e-mail address").fill("new@example.com")
    tab.press("Send me a code")
    tab.page.get_by_label("Code from the mail").wait_for()
    assert violations() == []
    tab.sign_in_with_password()
    assert violations() == []
    tab.add("Phone")
    assert violations() == []
    tab.page.screenshot(path=SCREENSHOTS / f"passkeys-{scheme}.png", full_page=True)
