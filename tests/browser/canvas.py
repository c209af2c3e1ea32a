"""The flow editor as a person with mouse and keyboard uses it."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect


class Canvas:
    """The canvas of one flow, open in *page*. It ends with nothing in flight: each act waits for what it shows."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator("#flow-editor")
        expect(self.root).to_have_attribute("data-ready", "yes", timeout=30_000)

    @classmethod
    def open(cls, page: Page, address: str, code: str = "main") -> Canvas:
        page.goto(f"{address}/flows/{code}/")
        return cls(page)

    def settle(self) -> None:
        """Wait until all that was done has been read, checked and drawn."""
        expect(self.root).to_have_attribute("data-settled", "yes", timeout=30_000)

    def card(self, node: str) -> Locator:
        return self.page.locator(f'.flow-card[data-node="{node}"]')

    def way(self, node: str, way: str) -> Locator:
        return self.card(node).locator(f'[data-way="{way}"]')

    def part(self, name: str) -> Locator:
        return self.root.locator(f'[data-part="{name}"]')

    def nodes(self) -> set[str]:
        return {str(card.get_attribute("data-node")) for card in self.page.locator(".flow-card").all()}

    def choose(self, node: str) -> None:
        """Click the head of a card, and wait for its form."""
        self.card(node).locator(".flow-card-title").click()
        expect(self.part("form").locator('input[name="id"]')).to_have_value(node)

    def drag_in(self, type_code: str, right: float, down: float) -> str:
        """Drag a type from the palette to a place on the canvas (0 to 1); returns the id of the new node."""
        self.settle()
        before = self.nodes()
        there = self._box(self.part("canvas"))
        self._press(self.root.locator(f'[data-type="{type_code}"]'))
        self.page.mouse.move(
            there["left"] + there["width"] * right, there["top"] + there["height"] * down, steps=8
        )
        self.page.mouse.up()
        expect(self.page.locator(".flow-card")).to_have_count(len(before) + 1)
        (made,) = self.nodes() - before
        expect(self.part("form").locator('input[name="id"]')).to_have_value(made)
        return made

    def connect(self, node: str, way: str, target: str) -> None:
        """Drag from the dot of a way out to another card."""
        self.settle()
        row, there = self._box(self.way(node, way)), self._box(self.card(target))
        x, y = row["right"], row["top"] + row["height"] / 2
        # The dots can be taken hold of while the mouse is over the card.
        self.page.mouse.move(x - 30, y)
        held = self.page.locator(".lf-node").filter(has=self.card(node)).locator(".flow-hold")
        expect(held.first).to_be_attached()
        self.page.mouse.move(x - 3, y)
        self.page.mouse.down()
        self.page.mouse.move(there["left"] + 25, there["top"] + 20, steps=10)
        # The way follows the mouse from frame to frame.
        expect(self.page.locator(".lf-anchor line")).to_be_attached()
        self.page.mouse.move(there["left"] + 30, there["top"] + 20, steps=4)
        self.page.mouse.up()
        expect(self.way(node, way)).to_have_attribute("data-target", target)
        self.settle()

    def leads_to(self, field: str) -> Locator:
        """The choice of a target in the form."""
        return self.part("form").locator(f'[data-field="{field}"] select').last

    def arrange(self) -> None:
        self.root.get_by_role("button", name="自动排列").click()

    def save(self) -> None:
        self.page.keyboard.press("Control+s")
        expect(self.part("dirty")).to_be_hidden()

    def _press(self, what: Locator) -> None:
        what.scroll_into_view_if_needed()
        box = self._box(what)
        self.page.mouse.move(box["left"] + 30, box["top"] + box["height"] / 2)
        self.page.mouse.down()

    def _box(self, what: Locator) -> dict[str, float]:
        """Where it is, once it is there: a card is drawn anew while one looks."""
        box: dict[str, float] = what.evaluate("element => element.getBoundingClientRect().toJSON()")
        return box
