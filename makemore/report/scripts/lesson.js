// "Train one here": the neural bigram by gradient descent, in the page, with the losses of makemore/models/bigram.py.

const SHARE_STEP = 2 ** -44; // of a pair's part of the loss

// The model and one step of its training; `weights` and `counts` are square, row by row.
function bigramTrainer({ symbols, weights, counts }) {
  const size = symbols.length;
  const rows = (matrix) => chunk(matrix, size);
  const sum = (values) => values.reduce((a, b) => a + b);
  const all = f32(sum(counts));
  const joint = Float32Array.from(counts, (count) => f32(count) / all); // P(i, j)
  const marginal = rows(Float64Array.from(counts)).map((row) => f32(f32(sum(row)) / all)); // P(i)
  const trainer = { weights: Float32Array.from(weights), steps: 0, probabilities: null, loss: null };

  // P(j | i) of each row, and the mean NLL of the counts.
  const measure = () => {
    trainer.probabilities = concatenate(rows(trainer.weights).map(softmax));
    const logs = rows(trainer.weights).flatMap((row) => [...logSoftmax(row)]);
    trainer.loss = logs.reduce((sum, log, at) => sum + onStep(log * -joint[at], SHARE_STEP), 0);
  };

  // The gradient is the model's expectation minus the corpus's frequency, plus that of l2 * mean(W ** 2).
  trainer.step = (lr, l2) => {
    const [rate, decay] = [f32(lr), f32((2 * l2) / size ** 2)];
    trainer.weights = trainer.weights.map((weight, at) => {
      const expected = f32(trainer.probabilities[at] * marginal[Math.floor(at / size)]);
      const gradient = f32(f32(expected - joint[at]) + f32(weight * decay));
      return weight - f32(gradient * rate);
    });
    trainer.steps += 1;
    measure();
  };
  measure();
  return trainer;
}

// Returns a function that starts a lesson with `data` (makemore/report/lesson.py), and trains so many steps at once.
// `shown` is called with the trainer whenever it is shown.
function makeLesson(section, shown = () => {}) {
  const find = (name) => section.querySelector(`[name=${name}]`);
  const [curve, learned, counted] = section.querySelectorAll("canvas");
  let data, trainer, losses, running, last;

  function start(given, steps = 0) {
    data = given;
    last = steps;
    find("rate").value = Math.log10(data.lr);
    find("l2").value = data.l2;
    const size = data.symbols.length;
    const sums = chunk(Float64Array.from(data.counts), size).map((row) => row.reduce((a, b) => a + b));
    drawMap(counted, size, (i, j) => (sums[i] ? data.counts[i * size + j] / sums[i] : 1 / size));
    restart();
    if (steps) run(true);
    tick();
  }

  function restart() {
    trainer = bigramTrainer(data);
    losses = [trainer.loss];
    run(false);
    show();
  }

  const rate = () => Number((10 ** find("rate").value).toPrecision(2)); // what is shown

  function step() {
    trainer.step(rate(), Number(find("l2").value));
    losses.push(trainer.loss);
    if (!Number.isFinite(trainer.loss)) run(false);
  }

  function run(on) {
    running = on;
    find("run").textContent = on ? "Pause" : "Run";
  }

  function tick() {
    if (!running) return;
    for (let i = 0; i < 4 && running; i++) step();
    if (trainer.steps === last) run(false);
    show();
    requestAnimationFrame(tick);
  }

  function show() {
    find("rate").nextElementSibling.textContent = rate().toPrecision(2);
    find("l2").nextElementSibling.textContent = Number(find("l2").value).toFixed(2);
    const loss = Number.isFinite(trainer.loss) ? `${trainer.loss.toFixed(4)} nats` : "not finite: it diverged";
    const text = `step ${trainer.steps}: loss ${loss}; ${data.count_variant}: ${data.count_nll.toFixed(4)}`;
    section.querySelector(".progress").textContent = text;
    curve.setAttribute("aria-label", `the curve of the loss; ${text}`);
    drawCurve();
    const size = data.symbols.length;
    drawMap(learned, size, (i, j) => trainer.probabilities[i * size + j]);
    shown(trainer);
  }

  // The loss against the step; the dashed line is the count model. Losses above 5 nats are off the picture.
  function drawCurve() {
    const context = curve.getContext("2d");
    const [low, high] = [Math.min(data.count_nll, ...losses.filter(Number.isFinite)) - 0.1, 5];
    const y = (loss) => curve.height * (1 - (Math.min(loss, high) - low) / (high - low));
    context.clearRect(0, 0, curve.width, curve.height);
    line(context, "#888", [6, 4], [[0, y(data.count_nll)], [curve.width, y(data.count_nll)]]);
    const width = curve.width / Math.max(100, losses.length);
    line(context, "#3182bd", [], losses.map((loss, i) => [i * width, y(Number.isFinite(loss) ? loss : high)]));
  }

  function line(context, color, dashes, points) {
    context.strokeStyle = color;
    context.lineWidth = 2;
    context.setLineDash(dashes);
    context.beginPath();
    for (const point of points) context.lineTo(...point);
    context.stroke();
  }

  find("step").addEventListener("click", () => {
    step();
    show();
  });
  find("run").addEventListener("click", () => {
    run(!running);
    tick();
  });
  find("restart").addEventListener("click", restart);
  for (const name of ["rate", "l2"]) find(name).addEventListener("input", show);
  return start;
}

// A square of probabilities: rows are the current symbol, columns the next one; the square root shows small ones too.
// `labels` are written at the top and on the left.
function drawMap(canvas, size, probability, labels) {
  const context = canvas.getContext("2d");
  const edge = labels ? canvas.width / (size + 1) : 0;
  const cell = (canvas.width - edge) / size;
  context.clearRect(0, 0, canvas.width, canvas.height);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      context.fillStyle = `rgb(49 130 189 / ${Math.sqrt(probability(i, j))})`;
      context.fillRect(edge + j * cell, edge + i * cell, cell, cell);
    }
  }
  if (!labels) return;
  Object.assign(context, { fillStyle: getComputedStyle(canvas).color, textAlign: "center", textBaseline: "middle" });
  context.font = `${Math.min(18, 0.8 * cell)}px Arial, sans-serif`;
  labels.forEach((label, i) => {
    context.fillText(label, edge / 2, edge + (i + 0.5) * cell, edge);
    context.fillText(label, edge + (i + 0.5) * cell, edge / 2, cell);
  });
}
