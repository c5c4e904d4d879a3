type Tone = 'message' | 'queued';

/** Two soft tones each, in hertz: up for a message, down for somebody who came to wait. */
const tones: Readonly<Record<Tone, readonly number[]>> = { message: [660, 880], queued: [587, 440] };
const LENGTH = 0.12;
const LOUDNESS = 0.08;

let context: AudioContext | undefined;

/** Browsers let a page sound only after it was used: called when the agent turns the sound on, or first presses anything. */
export function allowSound(): void {
  try {
    context ??= new AudioContext();
    void context.resume().catch(() => undefined);
  } catch {
    // No audio here.
  }
}

export function play(tone: Tone): void {
  if (context?.state !== 'running') return;
  tones[tone].forEach((frequency, index) => {
    if (!context) return;
    const start = context.currentTime + index * LENGTH;
    const oscillator = new OscillatorNode(context, { type: 'sine', frequency });
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(LOUDNESS, start + 0.01);
    gain.gain.exponentialRampToValueAtTime(0.0001, start + LENGTH);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(start);
    oscillator.stop(start + LENGTH);
  });
}
