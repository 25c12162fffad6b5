/* A page that is opened as a file may not start a worker, which the search needs. This runs the worker's
   script in a hidden frame instead. Served over HTTP, the browser's own workers are used. */
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(address) {
      super();
      this.waiting = [];
      const frame = document.createElement("iframe");
      frame.hidden = true;
      document.body.append(frame);
      const inside = frame.contentWindow;
      const tell = (target, data) => target.dispatchEvent(new MessageEvent("message", { data }));
      inside.postMessage = data => tell(this, data);
      inside.importScripts = () => {};
      this.postMessage = data => this.waiting.push(data);
      this.terminate = () => frame.remove();
      const script = inside.document.createElement("script");
      script.onload = () => {
        this.postMessage = data => tell(inside, data);
        this.waiting.forEach(this.postMessage);
      };
      script.src = address;
      inside.document.body.append(script);
    }
  };
}
