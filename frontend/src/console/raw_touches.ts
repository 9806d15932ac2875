/**
 * Touches as they come, for scrolled boxes, where one finger scrolls as the browser does: pointers do not tell it, because
 * a browser that pans takes them away. Only here are they read. Only a second finger on a text is kept from the browser,
 * which would zoom the page.
 */

import { type Finger, type Gesture, Gestures } from "../core/gesture";

/** Tell `zoom` how many times as far apart two fingers on `element` are as when they began, and at the end that it is `over`. */
export function followPinch(element: HTMLElement, zoom: (scale: number, over: boolean) => void): void {
  const gestures = new Gestures();
  const act = (gesture: Gesture | null): void => {
    if (gesture?.what === "pinch") zoom(gesture.scale, gesture.over);
  };
  const each = (event: TouchEvent, what: (finger: Finger) => Gesture | null): void => {
    if (event.touches.length > 1 && event.cancelable) event.preventDefault();
    for (const touch of event.changedTouches) act(what(fingerOf(touch, event.timeStamp)));
  };
  const moved = (event: TouchEvent): void => each(event, (finger) => gestures.move(finger));
  element.addEventListener("touchstart", (event) => {
    for (const touch of event.touches) gestures.move(fingerOf(touch, event.timeStamp)); // the first may have scrolled meanwhile
    each(event, (finger) => gestures.down(finger));
    // One finger's scrolling waits for nobody.
    if (event.touches.length === 2) element.addEventListener("touchmove", moved, { passive: false });
  }, { passive: false });
  for (const name of ["touchend", "touchcancel"] as const) {
    element.addEventListener(name, (event) => {
      each(event, (finger) => gestures.cancel(finger.id));
      if (event.touches.length === 0) element.removeEventListener("touchmove", moved);
    });
  }
}

/** Tell whether fingers are on `element` each time one comes or goes, until `signal`. Nothing is kept from the browser. */
export function whileTouched(element: HTMLElement, tell: (touched: boolean) => void, signal: AbortSignal): void {
  const options = { signal, passive: true };
  for (const name of ["touchstart", "touchend", "touchcancel"] as const) {
    element.addEventListener(name, ({ targetTouches }) => tell(targetTouches.length > 0), options);
  }
}

function fingerOf({ identifier: id, clientX: x, clientY: y }: Touch, at: number): Finger {
  return { id, x, y, at };
}
