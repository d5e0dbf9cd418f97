"""Drives the page of `simplenet serve` in headless Chromium, by the WebDriver protocol and nothing but Python's library.

    python3 tests/serve/page.py URL GOOD BAD [--token TOKEN] [--pictures FOLDER]

GOOD and BAD are photographs that the detector calls so. They are dropped on the page; decision, regions and counts are
read, the threshold is moved, and with --pictures the page is photographed 1280 and 400 pixels wide, light and dark.
Prints a line for each thing that was seen, and ends with status 1 at the first that is not as it should be."""

import argparse
import base64
import json
import os
import pathlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
KEYS = {"left": "\ue012", "right": "\ue014", "home": "\ue011", "end": "\ue010", "tab": "\ue004", "enter": "\ue007"}


def check(condition, words):
    if not condition:
        sys.exit(f"not so: {words}")
    print(f"seen: {words}")


class Browser:
    def __init__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.driver = subprocess.Popen(["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL)
        self.base = f"http://127.0.0.1:{port}"
        self.session = None

    def ask(self, method, path, body=None):
        data = None if method == "GET" else json.dumps(body or {}).encode()
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            sys.exit(f"{method} {path}: {error.read().decode()}")

    def open(self):
        for _ in range(100):
            try:
                urllib.request.urlopen(self.base + "/status", timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        options = {
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--force-device-scale-factor=1"],
            "binary": "/usr/bin/chromium",
        }
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        made = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self.session = f"/session/{made['sessionId']}"

    def close(self):
        if self.session:
            self.ask("DELETE", self.session)
        self.driver.terminate()
        self.driver.wait()

    def go(self, url):
        self.ask("POST", self.session + "/url", {"url": url})

    def run(self, script, *arguments):
        return self.ask("POST", self.session + "/execute/sync", {"script": script, "args": list(arguments)})

    def run_until_done(self, script, *arguments):
        return self.ask("POST", self.session + "/execute/async", {"script": script, "args": list(arguments)})

    def find(self, selector):
        return self.ask("POST", self.session + "/element", {"using": "css selector", "value": selector})[ELEMENT]

    def label(self, selector):
        return self.ask("GET", f"{self.session}/element/{self.find(selector)}/computedlabel")

    def type(self, selector, text):
        self.ask("POST", f"{self.session}/element/{self.find(selector)}/value", {"text": text})

    def click(self, selector):
        self.ask("POST", f"{self.session}/element/{self.find(selector)}/click")

    def devtools(self, command, **parameters):
        return self.ask("POST", self.session + "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def drop(self, paths):
        data = {"items": [], "files": [os.path.abspath(path) for path in paths], "dragOperationsMask": 1}
        for kind in ["dragEnter", "dragOver", "drop"]:
            self.devtools("Input.dispatchDragEvent", type=kind, x=200, y=200, data=data)

    def text(self, selector):
        return self.run("return document.querySelector(arguments[0]).textContent", selector)

    def wait(self, script, words, seconds=60):
        end = time.time() + seconds
        while not self.run(script):
            if time.time() > end:
                sys.exit(f"did not come: {words}; the page says: {self.run('return document.body.innerText')}")
            time.sleep(0.05)
        print(f"seen: {words}")

    def look(self, width, scheme):
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600)
        self.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def picture(self, path):
        # What is below the window is painted by the first one.
        self.devtools("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        shot = self.devtools("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        pathlib.Path(path).write_bytes(base64.b64decode(shot["data"]))

    def complaints(self):
        return [entry["message"] for entry in self.ask("POST", self.session + "/se/log", {"type": "browser"})]


CARDS = """return [...document.querySelectorAll('.card')].map(card => ({
  name: card.querySelector('h3').textContent, chip: card.querySelector('.chip').textContent,
  verdict: card.className.replace('card is-', ''), boxes: card.querySelectorAll('.box').length,
  text: card.querySelector('.card-body').innerText}))"""

# What the server says of a photograph's regions, and what the page finds in its map.
SAME_REGIONS = """const [base64, token, done] = arguments;
(async () => {
  const body = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0));
  const headers = {'Content-Type': 'image/png', ...(token ? {Authorization: 'Bearer ' + token} : {})};
  const answer = await (await fetch('/v1/detect?map=float32', {method: 'POST', headers, body})).json();
  const {findRegions} = await import('/regions.js');
  const bytes = Uint8Array.from(atob(answer.map.float32), letter => letter.charCodeAt(0));
  const found = findRegions(new Float32Array(bytes.buffer), answer.map.width, answer.map.height, answer.covered, answer.threshold);
  return {server: answer.regions, page: found, count: answer.regions_found};
})().then(done, error => done({error: String(error)}))"""


# A map in the form of a U, which only becomes one region when it is followed upwards, and a part that touches it by a corner.
SHAPES = """const done = arguments[0];
import('/regions.js').then(({findRegions}) => {
  const map = new Float32Array([2, 0, 3, 0, 0,
                                2, 0, 2, 0, 0,
                                2, 2, 2, 0, 1,
                                0, 0, 0, 2, 0,
                                2, 0, 0, 0, 0]);
  done(findRegions(map, 5, 5, {left: 10, top: 20, width: 50, height: 100}, 2));
}, error => done(String(error)))"""


def check_shapes(browser):
    found = browser.run_until_done(SHAPES)
    check(
        found
        == [
            {"left": 10, "top": 20, "width": 40, "height": 80, "score": 3, "area": 8 * 200},
            {"left": 10, "top": 100, "width": 10, "height": 20, "score": 2, "area": 200},
        ],
        "regions are connected by sides and corners, the strongest first",
    )


def drop_both(browser, good, bad):
    browser.drop([good, bad])
    browser.wait("return document.querySelectorAll('.card:not(.is-waiting)').length === 2", "two cards with a decision")
    cards = browser.run(CARDS)
    check([card["verdict"] for card in cards] == ["defective", "good"], "the last one dropped first: defective, good")
    check("Defective" in cards[0]["chip"] and "Good" in cards[1]["chip"], "the decision in words")
    check(cards[0]["boxes"] > 0 and cards[1]["boxes"] == 0, "boxes on the defective one only")
    check("score" in cards[0]["text"] and "normalised" in cards[0]["text"], "score and normalised score")
    check(browser.text("#count-seen") == "2" and browser.text("#count-bad") == "1", "2 seen, 1 defective")


def compare_regions(browser, bad, token):
    encoded = base64.b64encode(pathlib.Path(bad).read_bytes()).decode()
    regions = browser.run_until_done(SAME_REGIONS, encoded, token)
    check(regions.get("count", 0) > 0 and regions["server"] == regions["page"], "the page finds the server's regions, to the last bit")


def move_threshold(browser, pictures):
    own = browser.run("return document.querySelector('#exact').value")
    browser.type("#slider", KEYS["home"])
    browser.wait("return document.querySelector('#count-bad').textContent === '2'", "Home on the slider: both defective")
    check("would become defective" in browser.text("#change"), browser.text("#change"))
    check("Good at the detector" in browser.run(CARDS)[1]["text"], "the good one says what it was")
    if pictures:
        browser.picture(os.path.join(pictures, "page-moved.png"))
    browser.type("#slider", KEYS["end"])
    browser.wait("return document.querySelector('#count-good').textContent === '2'", "End on the slider: both good")
    check("would become good" in browser.text("#change"), browser.text("#change"))
    check(browser.run(CARDS)[0]["boxes"] == 0, "no boxes above the largest score")
    value = "arguments[0]"
    before = browser.run("return document.querySelector('#slider').valueAsNumber")
    browser.type("#slider", KEYS["left"] * 3)
    check(browser.run("return document.querySelector('#slider').valueAsNumber") < before, "arrows move the slider")
    browser.click("#reset")
    browser.wait("return document.querySelector('#count-bad').textContent === '1'", "the detector's own threshold again")
    check(browser.run("return document.querySelector('#exact').value") == own, f"it is {own}")


def check_manners(browser, pictures):
    check(browser.label("#files").startswith("Choose photographs"), "the field for files has a name")
    check(browser.label("#slider") == "Threshold", "the slider has a name")
    check("defective" in browser.run("return document.querySelector('#slider').getAttribute('aria-valuetext')"), "and says what it means")
    check(browser.label(".enlarge").startswith("Enlarge"), "the pictures have names")
    check("score" in browser.text("#spoken"), f"what is read aloud: {browser.text('#spoken')}")
    browser.type(".enlarge", KEYS["enter"])
    browser.wait("return document.querySelector('#large').open && document.querySelectorAll('#large .picture > *').length === 3", "Enter enlarges")
    if pictures:
        browser.picture(os.path.join(pictures, "page-large.png"))
    browser.click("#large-close")
    check(not browser.run("return document.querySelector('#large').open"), "and it closes")


def photograph(browser, folder):
    for width in [1280, 400]:
        for scheme in ["light", "dark"]:
            browser.look(width, scheme)
            time.sleep(0.3)
            wide = browser.run("return document.documentElement.scrollWidth")
            check(wide <= width, f"nothing is wider than {width} pixels")
            if folder:
                browser.picture(os.path.join(folder, f"page-{width}-{scheme}.png"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("good")
    parser.add_argument("bad")
    parser.add_argument("--more", nargs="*", default=[])
    parser.add_argument("--token")
    parser.add_argument("--pictures")
    options = parser.parse_args()
    browser = Browser()
    try:
        browser.open()
        browser.look(1280, "light")
        browser.go(options.url)
        if options.token:
            browser.wait("return !document.querySelector('#token-form').hidden", "the page asks for the token")
            browser.type("#token", "not-the-right-token" + KEYS["enter"])
            browser.wait("return !document.querySelector('#token-form').hidden", "and asks again when it is wrong")
            browser.run("document.querySelector('#token').value = ''")
            browser.type("#token", options.token + KEYS["enter"])
            browser.complaints()
        browser.wait("return document.querySelector('#decision').textContent.startsWith('Threshold')", "what the threshold is")
        if options.pictures:
            browser.picture(os.path.join(options.pictures, "page-empty.png"))
        drop_both(browser, options.good, options.bad)
        compare_regions(browser, options.bad, options.token)
        check_shapes(browser)
        check_manners(browser, options.pictures)
        move_threshold(browser, options.pictures)
        if options.more:
            browser.drop(options.more)
            browser.wait(f"return document.querySelectorAll('.card:not(.is-waiting)').length === {2 + len(options.more)}", "more photographs")
        photograph(browser, options.pictures)
        complaints = browser.complaints()
        check(not complaints, f"no complaint of the browser's {complaints or ''}")
    finally:
        browser.close()


if __name__ == "__main__":
    main()
