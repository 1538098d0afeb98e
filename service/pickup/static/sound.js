// Sounds, after a person asked for them (browsers allow none before): start of the shift. Made here, loaded from nowhere.

const TUNES = {
  new: [[660, 0], [880, 0.14]],
  changed: [[740, 0], [740, 0.16], [740, 0.32]],
  void: [[330, 0], [220, 0.22]],
};

export class Sounds {
  #context = null;
  isMuted = localStorage.getItem("sayso.muted") === "1";

  get isOn() {
    return this.#context !== null;
  }

  async open() {
    this.#context ??= new AudioContext();
    await this.#context.resume();
  }

  async close() {
    await this.#context?.close();
    this.#context = null;
  }

  mute(isMuted) {
    this.isMuted = isMuted;
    localStorage.setItem("sayso.muted", isMuted ? "1" : "0");
  }

  // Returns whether it could be heard.
  play(kind) {
    if (!this.#context || this.isMuted) return false;
    for (const [frequency, after] of TUNES[kind]) {
      const at = this.#context.currentTime + after;
      const tone = new OscillatorNode(this.#context, { type: "triangle", frequency });
      const loudness = new GainNode(this.#context, { gain: 0 });
      loudness.gain.setValueAtTime(0, at);
      loudness.gain.linearRampToValueAtTime(0.5, at + 0.02);
      loudness.gain.exponentialRampToValueAtTime(0.001, at + 0.2);
      tone.connect(loudness).connect(this.#context.destination);
      tone.start(at);
      tone.stop(at + 0.22);
    }
    return true;
  }
}

// Keeps the screen lit while the shift lasts.
export class Wakefulness {
  #lock = null;
  #isWanted = false;

  constructor() {
    document.addEventListener("visibilitychange", () => this.#take());
  }

  async keep(isWanted) {
    this.#isWanted = isWanted;
    if (isWanted) await this.#take();
    else await this.#lock?.release();
  }

  async #take() {
    if (!this.#isWanted || document.visibilityState !== "visible" || !("wakeLock" in navigator)) return;
    this.#lock = await navigator.wakeLock.request("screen").catch(() => null);
  }
}
