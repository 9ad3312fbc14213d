// Where the nodes of the service map stand: columns from callers to callees. Pure; circles are cut.

export const NODE = { width: 196, height: 76 };
const GAP = { x: 226, y: 40 };
const MARGIN = 28;
/** Room below everything for a call that leads back. */
const BACK = 74;

/** { nodes: Map name → { node, x, y }, width, height, below }: calls that lead back run from `below`. */
export function layout({ nodes, edges }) {
  const names = new Set(nodes.map((node) => node.name));
  const calls = edges.filter(({ from, to }) => from !== to && names.has(from) && names.has(to));
  const depth = new Map(nodes.map((node) => [node.name, 0]));
  // The longest way from a caller; a circle stops growing after as many rounds as there are nodes.
  const forward = withoutCircles(nodes, calls);
  for (let round = 0; round < nodes.length; round += 1) {
    let moved = false;
    for (const { from, to } of forward) {
      if (depth.get(to) >= depth.get(from) + 1) continue;
      depth.set(to, depth.get(from) + 1);
      moved = true;
    }
    if (!moved) break;
  }
  const columns = [];
  for (const node of nodes) (columns[depth.get(node.name)] ??= []).push(node);
  const tallest = Math.max(1, ...columns.map((column) => column?.length ?? 0));
  const inner = 2 * MARGIN + tallest * NODE.height + (tallest - 1) * GAP.y;
  const placed = new Map();
  columns.forEach((column, index) => {
    // Near those who call them, so that lines cross less.
    const wish = (node) => {
      const callers = calls.filter(({ to }) => to === node.name).map(({ from }) => placed.get(from)?.y).filter((y) => y !== undefined);
      return callers.length ? callers.reduce((sum, y) => sum + y, 0) / callers.length : 0;
    };
    const sorted = column.map((node) => [wish(node), node]).sort(([a], [b]) => a - b).map(([, node]) => node);
    const own = sorted.length * NODE.height + (sorted.length - 1) * GAP.y;
    sorted.forEach((node, row) => {
      placed.set(node.name, { node, x: MARGIN + index * (NODE.width + GAP.x), y: (inner - own) / 2 + row * (NODE.height + GAP.y) });
    });
  });
  const width = 2 * MARGIN + columns.length * NODE.width + (columns.length - 1) * GAP.x;
  const leadBack = calls.filter(({ from, to }) => placed.get(to).x <= placed.get(from).x).length;
  return { nodes: placed, width: Math.max(width, NODE.width + 2 * MARGIN), height: inner + leadBack * BACK, below: inner };
}

/** The edges that do not lead back to a node that is being visited. */
function withoutCircles(nodes, edges) {
  const outgoing = new Map();
  for (const edge of edges) {
    if (!outgoing.has(edge.from)) outgoing.set(edge.from, []);
    outgoing.get(edge.from).push(edge);
  }
  const called = new Set(edges.map(({ to }) => to));
  const state = new Map();
  const kept = [];
  const starts = [...nodes].sort((a, b) => called.has(a.name) - called.has(b.name));
  for (const { name } of starts) {
    const stack = [[name, false]];
    while (stack.length) {
      const [at, isLeaving] = stack.pop();
      if (isLeaving) {
        state.set(at, "done");
        continue;
      }
      if (state.has(at)) continue;
      state.set(at, "open");
      stack.push([at, true]);
      for (const edge of outgoing.get(at) ?? []) {
        if (state.get(edge.to) === "open") continue;
        kept.push(edge);
        if (!state.has(edge.to)) stack.push([edge.to, false]);
      }
    }
  }
  return kept;
}
