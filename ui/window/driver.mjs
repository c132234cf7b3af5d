/**
 * The real window under Xvfb, driven by WebKitWebDriver. One display, one driver and one lab a test: a crashed test
 * leaves nothing for the next to trip over.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
export const binary = resolve(here, '../..', process.env.DRYDOCK_BIN ?? 'target/release/drydock');

const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

/** A port that nobody listens on. */
export async function freePort() {
  const server = createServer();
  await new Promise((ok) => server.listen(0, '127.0.0.1', ok));
  const { port } = server.address();
  await new Promise((ok) => server.close(ok));
  return port;
}

/** Waits until `probe` answers something true, or fails naming what was waited for. */
export async function until(what, probe, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  let last;
  while (Date.now() < end) {
    try {
      const value = await probe();
      if (value) return value;
    } catch (error) {
      last = error;
    }
    await new Promise((ok) => setTimeout(ok, 100));
  }
  throw new Error(`waited ${seconds} s for ${what}${last ? `: ${last.message}` : ''}`);
}

/** A screen and a folder for one window, and the environment that sends it there. */
export class Desk {
  static async open(size = '1280x800') {
    const self = new Desk();
    self.folder = mkdtempSync(join(tmpdir(), 'drydock-window-'));
    const number = 100 + Math.floor((await freePort()) % 50000);
    self.xvfb = spawn('Xvfb', [`:${number}`, '-screen', '0', `${size}x24`, '-nolisten', 'tcp'], {
      stdio: 'ignore',
    });
    self.env = {
      ...process.env,
      DISPLAY: `:${number}`,
      DRYDOCK_LAB: join(self.folder, 'window.lab'),
      XDG_DATA_HOME: self.folder,
      XDG_RUNTIME_DIR: self.folder,
    };
    await until('the screen', () => existsSync(`/tmp/.X11-unix/X${number}`));
    return self;
  }

  close() {
    this.xvfb.kill('SIGKILL');
    // The window may still be writing its last files.
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

export class Window {
  static async open({ size = '1280x800' } = {}) {
    const self = new Window();
    self.desk = await Desk.open(size);
    const port = await freePort();
    const env = { ...self.desk.env, TAURI_AUTOMATION: 'true', TAURI_WEBVIEW_AUTOMATION: 'true' };
    // A group of its own: what the driver started ends with it.
    self.driver = spawn('WebKitWebDriver', [`--port=${port}`], { env, stdio: 'ignore', detached: true });
    self.base = `http://127.0.0.1:${port}`;
    try {
      await until('the driver', () => fetch(`${self.base}/status`).then((r) => r.ok));
      const capabilities = {
        alwaysMatch: { browserName: 'wry', 'webkitgtk:browserOptions': { binary, args: [] } },
      };
      const { sessionId } = await self.send('POST', '/session', { capabilities });
      self.session = `/session/${sessionId}`;
    } catch (error) {
      await self.close();
      throw error;
    }
    return self;
  }

  async send(method, path, body) {
    const response = await fetch(this.base + path, {
      method,
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${value?.message ?? response.status}`);
    return value;
  }

  run(script, ...args) {
    return this.send('POST', `${this.session}/execute/sync`, { script, args });
  }

  runAsync(script, ...args) {
    return this.send('POST', `${this.session}/execute/async`, { script, args });
  }

  /** Calls an operation from the page, the way the page itself does. */
  async call(name, input = {}) {
    const reply = await this.runAsync(
      `const done = arguments[arguments.length - 1];
       window.__TAURI_INTERNALS__.invoke(arguments[0], { input: arguments[1] }).then(done, (e) => done({ success: false, error: String(e) }));`,
      name,
      input,
    );
    if (!reply?.success) throw new Error(`${name}: ${reply?.error}`);
    return reply.data;
  }

  async click(selector) {
    const found = await until(selector, () =>
      this.send('POST', `${this.session}/element`, { using: 'css selector', value: selector }),
    );
    await this.send('POST', `${this.session}/element/${found[ELEMENT]}/click`, {});
  }

  text() {
    return this.run('return document.body.innerText');
  }

  screenshot() {
    return this.send('GET', `${this.session}/screenshot`).then((data) => Buffer.from(data, 'base64'));
  }

  async close() {
    if (this.session) await this.send('DELETE', this.session).catch(() => {});
    if (this.driver) process.kill(-this.driver.pid, 'SIGKILL');
    this.desk.close();
  }
}
