/** Takes the pictures of screenshots.json: started by tools/screenshots, which says where everything is. */
const fs = require("node:fs");
const path = require("node:path");
const { chromium } = require("playwright-core");

const { URL: base, RAW: raw, CHROMIUM, ROOT } = process.env;
const list = JSON.parse(fs.readFileSync(path.join(ROOT, "tools/screenshots.json")));
const ids = JSON.parse(fs.readFileSync(path.join(raw, "ids.json")));
const links = JSON.parse(fs.readFileSync(path.join(raw, "links.json")));
const wanted = process.argv.slice(2);

/** Waits until the page is drawn: nothing is asked of the server, a view is there and its pictures have come. */
async function settle(page) {
    await page.waitForLoadState("networkidle", { timeout: 30000 }).catch(() => {});
    await page
        .waitForFunction(
            () =>
                !document.querySelector(".o_loading_indicator, .o_blockUI") &&
                (!document.querySelector(".o_web_client") || document.querySelector(".o_action_manager > *")) &&
                [...document.images].every((image) => image.complete || image.loading === "lazy"),
            null,
            { timeout: 20000 }
        )
        .catch(() => {}); // an image that never comes is seen in the picture
    await page.waitForTimeout(700);
}

/** A step is a selector to click on, or {fill: [selector, text]}, {press: key}, {hover: selector}, {scroll: selector}. */
async function doStep(page, step) {
    if (typeof step === "string") {
        await page.locator(step).first().click({ timeout: 10000 });
    } else if (step.fill) {
        await page.locator(step.fill[0]).first().fill(step.fill[1], { timeout: 10000 });
    } else if (step.press) {
        await page.keyboard.press(step.press);
    } else if (step.hover) {
        await page.locator(step.hover).first().hover({ timeout: 10000 });
    } else {
        await page.locator(step.scroll).first().scrollIntoViewIfNeeded({ timeout: 10000 });
    }
    await settle(page);
}

/** Without a login, pages are taken as a visitor sees them. */
async function logIn(browser, login, lang) {
    const options = { deviceScaleFactor: 1, timezoneId: "Europe/Brussels", locale: lang.replace("_", "-") };
    const context = await browser.newContext(options);
    if (!login) {
        return context;
    }
    const page = await context.newPage();
    await page.goto(`${base}/web/login`);
    await page.fill("input[name=login]", login);
    await page.fill("input[name=password]", login);
    await Promise.all([page.waitForURL(/\/(odoo|my)\b/), page.click("button[type=submit]")]);
    await page.evaluate(async (code) => {
        const call = (model, method, args) =>
            fetch("/web/dataset/call_kw", {
                method: "POST",
                headers: { "Content-Type": "application/json" },
                body: JSON.stringify({ jsonrpc: "2.0", params: { model, method, args, kwargs: {} } }),
            });
        await call("res.users", "write", [[odoo.loader.modules.get("@web/core/user").user.userId], { lang: code }]);
    }, lang);
    await page.close();
    return context;
}

async function take(context, shot) {
    const page = await context.newPage();
    try {
        await page.setViewportSize({ width: shot.width, height: shot.height || (shot.width < 600 ? 844 : 900) });
        // {name} is the id of a record, {link role name} the personal link to it of whoever has the role
        const place = shot.path.replace(/\{(link \w+ )?(\w+)\}/g, (_, link, name) => {
            const found = link ? links[link.split(" ")[1]][name] : ids[name];
            if (!found) {
                throw new Error(`no ${link || "record "}${name}`);
            }
            return found;
        });
        await page.goto(place.startsWith("file:") ? place : base + place);
        await settle(page);
        for (const step of shot.clicks || []) {
            await doStep(page, step);
        }
        await page.mouse.move(0, 0);
        await page.waitForTimeout(300);
        const options = { path: path.join(raw, `${shot.name}.png`), fullPage: Boolean(shot.full) };
        if (shot.crop) {
            await page.locator(shot.crop).first().screenshot(options);
        } else {
            await page.screenshot(options);
        }
        console.error(`taken: ${shot.name}`);
        return shot;
    } catch (error) {
        console.error(`NOT TAKEN: ${shot.name}: ${error.message.split("\n")[0]}`);
        await page.screenshot({ path: path.join(raw, `${shot.name}.png`) });
        return { ...shot, failed: true };
    } finally {
        await page.close();
    }
}

function mailShot(file, shot = {}) {
    const place = `file://${path.join(raw, "mails", `${file}.html`)}`;
    return { name: `mail-${file.replace(/_/g, "-")}`, width: 680, height: 200, full: true, ...shot, path: place };
}

async function main() {
    const shots = list.map((shot) => (shot.mail ? mailShot(shot.mail, shot) : { lang: "en_US", ...shot }));
    if (wanted.some((name) => name.startsWith("all-mails"))) {
        for (const file of fs.readdirSync(path.join(raw, "mails"))) {
            shots.push(mailShot(path.basename(file, ".html"), { name: `all-mails-${path.basename(file, ".html")}` }));
        }
    }
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--hide-scrollbars"] });
    const contexts = {};
    const taken = [];
    for (const shot of shots) {
        if (wanted.length && !wanted.some((name) => shot.name.startsWith(name))) {
            continue;
        }
        const key = shot.mail || shot.path.startsWith("file:") ? "mail" : `${shot.login || ""} ${shot.lang}`;
        contexts[key] ||= key === "mail" ? await browser.newContext() : await logIn(browser, shot.login, shot.lang);
        taken.push(await take(contexts[key], shot));
    }
    await browser.close();
    fs.writeFileSync(path.join(raw, "taken.json"), JSON.stringify(taken));
    process.exitCode = taken.some((shot) => shot.failed) ? 1 : 0;
}

main();
