// The layer explorer: draws a page (the Go type explorer.Page) into an element.
// Every text goes in as textContent, so none is ever read as markup.
'use strict';

const whybust = (() => {
	const words = {'hit': 'cached', 'may-hit': 'may be cached', 'miss': 'runs again'};
	const glyphs = {'hit': '✓', 'may-hit': '?', 'miss': '✕', 'config': '·'};

	// el makes an element: attributes that are null, undefined or false are left
	// out; children are nodes or texts.
	function el(tag, attributes, ...children) {
		const node = document.createElement(tag);
		set(node, attributes);
		node.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
		return node;
	}

	function svg(tag, attributes, ...children) {
		const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
		set(node, attributes);
		node.append(...children);
		return node;
	}

	function set(node, attributes) {
		for (const [name, value] of Object.entries(attributes || {})) {
			if (value !== null && value !== undefined && value !== false) {
				node.setAttribute(name, value === true ? '' : String(value));
			}
		}
	}

	const hidden = (text) => el('span', {class: 'hidden'}, text);
	const count = (n, noun) => n + ' ' + noun + (n === 1 ? '' : 's');
	const state = (step) => step.status + (step.own ? ' own' : '');
	const mark = (status, own) => el('span', {class: 'mark ' + status + (own ? ' own' : ''), 'aria-hidden': 'true'}, glyphs[status]);
	const spoken = (step) => `${step.place}, ${words[step.status]}`;

	// Explorer is one drawn page. Steps are chosen by index.
	class Explorer {
		constructor(root, page, anchor) {
			this.anchor = anchor; // what stands before a step's name in the address
			this.page = page;
			this.root = root;
			this.chosen = -1;
			this.layers = el('ol', {class: 'layers'});
			this.layersTitle = el('h2', {class: 'layers-title', id: 'layers'});
			this.detail = el('section', {class: 'pane detail', id: 'detail', 'aria-label': 'The chosen step'});
			this.printed = el('section', {class: 'printed'});
			this.blocks = new Map(); // step -> its links in the Dockerfile
			this.pane = this.file();
			root.replaceChildren(
				el('a', {class: 'skip', href: '#detail'}, 'Skip to the chosen step'),
				this.headline(),
				el('main', {},
					el('div', {class: 'panes'},
						this.pane,
						el('div', {class: 'right'}, this.graph(), el('section', {class: 'pane', 'aria-labelledby': 'layers'}, this.layersTitle, this.layers)),
						this.detail),
					this.suggestions(), this.remarks(), this.printed));
			this.drawGraph();
			root.addEventListener('click', (e) => this.clicked(e));
			root.addEventListener('keydown', (e) => this.pressed(e));
		}

		// The headline, with one cell for each step: the break at one glance.

		headline() {
			const p = this.page;
			return el('header', {class: 'top ' + p.status},
				el('h1', {}, el('span', {class: 'verdict'}, p.verdict), p.place && ' ' + p.place),
				p.text && el('p', {class: 'what'}, el('code', {}, p.text), p.reason && el('span', {class: 'why'}, ' ' + p.reason.trim())),
				el('p', {class: 'sides'}, p.before + ' → ' + p.after + ' · ', el('b', {}, p.summary), p.cost && ' · ' + p.cost),
				this.strip(),
				el('ul', {class: 'legend'},
					el('li', {}, mark('hit'), 'cached'),
					el('li', {}, mark('miss', true), 'runs again, for a reason of its own'),
					el('li', {}, mark('miss'), 'runs again, because it follows'),
					el('li', {}, mark('may-hit'), 'may be cached: hangs on bytes that a step writes'),
					el('li', {}, mark('config'), 'runs nothing')));
		}

		strip() {
			const p = this.page;
			const groups = p.stages.map((stage) => {
				const group = el('div', {class: 'group'}, el('div', {class: 'cells'},
					p.steps.slice(stage.from, stage.to).map((s) => el('span', {class: state(s)}))), stage.name && el('div', {class: 'name'}, stage.name));
				group.style.flex = `${stage.to - stage.from} 1 0`;
				return group;
			});
			return el('div', {class: 'strip', 'aria-hidden': 'true'}, groups);
		}

		// The Dockerfile: a block for each instruction.

		file() {
			const d = this.page.dockerfile;
			const list = el('ol', {class: 'listing'}, this.pieces().map((piece) => this.piece(piece)));
			return el('section', {class: 'pane file', 'aria-labelledby': 'file'},
				el('h2', {id: 'file'}, d.file),
				el('p', {class: 'help', id: 'help'}, 'Choose a step with a click or the arrow keys.'),
				list,
				d.omitted && el('p', {class: 'help'}, count(d.omitted, 'more line') + ' not shown'),
				this.oldFile());
		}

		// pieces cuts the lines into instructions, and single lines between them.
		pieces() {
			const lines = this.page.dockerfile.lines;
			const starts = new Map();
			const start = (from, to, piece) => {
				if (from > 0 && !starts.has(from)) {
					starts.set(from, {from, to: Math.min(to, lines.length), ...piece});
				}
			};
			this.page.steps.forEach((s, i) => s.lines.forEach(([from, to], nth) => start(from, to, {step: i, again: nth > 0})));
			this.page.config.forEach((c) => start(c.lines[0], c.lines[1], {config: c}));
			const list = [];
			for (let line = 1; line <= lines.length;) {
				const piece = starts.get(line) || {from: line, to: line};
				list.push(piece);
				line = Math.max(line, piece.to) + 1;
			}
			return list;
		}

		piece(piece) {
			const rows = this.rows(this.page.dockerfile, piece);
			if (piece.step === undefined) {
				const stage = /^\s*from\s/i.test(this.page.dockerfile.lines[piece.from - 1]);
				const kind = piece.config ? piece.config.kind : stage ? 'stage' : 'plain';
				return el('li', {}, el('div', {class: 'block ' + kind}, rows));
			}
			const step = this.page.steps[piece.step];
			const link = el('a', {class: 'block step ' + state(step), href: '#' + this.anchor + 'step-' + piece.step, 'data-step': piece.step, tabindex: -1, 'aria-describedby': 'help'}, rows);
			this.blocks.set(piece.step, (this.blocks.get(piece.step) || []).concat(link));
			const breaks = piece.step === this.page.first && !piece.again;
			return el('li', {}, breaks && this.cut(step), link);
		}

		cut(step) {
			return el('div', {class: 'cut ' + step.status}, step.status === 'miss' ? 'the cache breaks here' : 'the cache may break here');
		}

		rows(listing, piece) {
			const step = this.page.steps[piece.step];
			const changed = new Set(listing.changed);
			const rows = [];
			for (let line = piece.from; line <= piece.to; line++) {
				const first = line === piece.from;
				const text = listing.lines[line - 1];
				const begins = first && (step || piece.config || /^\s*(from|arg)\s/i.test(text));
				const [, keyword, rest] = begins && /^(\s*[A-Za-z]+)(.*)$/s.exec(text) || [null, '', text];
				rows.push(el('span', {class: 'row'},
					el('span', {class: 'no' + (changed.has(line) ? ' changed' : '')}, changed.has(line) && hidden('changed line '), String(line)),
					first && step ? mark(step.status, step.own) : first && piece.config ? mark('config') : el('span'),
					el('span', {class: 'text'}, first && step && hidden(spoken(step) + ': '), keyword && el('b', {}, keyword), rest),
					first && step ? el('span', {class: 'nth', 'aria-hidden': 'true'}, piece.again ? '= ' + [this.page.stages[step.stage].name, step.number].join(' ') : step.number) : null));
			}
			return rows;
		}

		oldFile() {
			const old = this.page.old;
			if (!old) {
				return null;
			}
			const changed = new Set(old.changed);
			const lines = old.lines.map((text, i) => el('li', {class: 'block plain' + (changed.has(i + 1) ? ' removed' : '')},
				el('span', {class: 'row'}, el('span', {class: 'no' + (changed.has(i + 1) ? ' changed' : '')}, String(i + 1)), el('span'), el('span', {class: 'text'}, text))));
			return el('details', {class: 'old'}, el('summary', {}, `Before: ${old.file}, ${count(old.changed.length, 'line')} changed or gone`), el('ol', {class: 'listing'}, lines));
		}

		// The graph of stages.

		graph() {
			this.canvas = el('div', {class: 'graph'});
			if (this.page.stages.length < 2) {
				return null;
			}
			const kinds = new Set(this.page.edges.map((e) => e.kind));
			const key = [kinds.has('from') && 'solid: begins with', kinds.has('copy') && 'dashed: copies or mounts files of'].filter(Boolean);
			return el('section', {class: 'pane', 'aria-labelledby': 'graph'}, el('h2', {id: 'graph'}, 'Stages'), this.canvas,
				key.length > 0 && el('p', {class: 'key'}, key.join(' · ')));
		}

		drawGraph() {
			const stages = this.page.stages;
			if (stages.length < 2) {
				return;
			}
			const [h, gapX, gapY] = [46, 10, 34];
			const room = (this.canvas.clientWidth || 300) - 28;
			const columns = Math.max(2, Math.floor((room + gapX) / (82 + gapX)));
			const place = layout(stages, columns);
			const w = Math.min(112, Math.max(64, Math.floor((room + gapX) / Math.max(2, ...place.map((at) => at.of)) - gapX)));
			const widest = Math.max(...place.map((at) => at.of));
			const width = widest * (w + gapX) - gapX + 4;
			const spot = place.map((at) => ({
				x: 2 + (width - 4 - at.of * (w + gapX) + gapX) / 2 + at.column * (w + gapX),
				y: 2 + at.row * (h + gapY),
			}));
			const height = Math.max(...spot.map((s) => s.y)) + h + 4;
			const edges = this.page.edges.map((e) => {
				const [a, b] = [spot[e.from], spot[e.to]];
				const [x1, y1, x2, y2] = [a.x + w / 2, a.y + h, b.x + w / 2, b.y - 6];
				const bend = Math.max(14, (y2 - y1) / 2);
				return [
					svg('path', {class: 'edge ' + e.kind, d: `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`}),
					svg('path', {class: 'arrow', d: `M${x2 - 4} ${y2}L${x2 + 4} ${y2}L${x2} ${y2 + 6}Z`}),
				];
			});
			const nodes = stages.map((stage, i) => this.stageNode(stage, i, spot[i], w, h));
			this.canvas.replaceChildren(svg('svg', {width, height, viewBox: `0 0 ${width} ${height}`, role: 'group', 'aria-label': 'Graph of stages'}, ...edges.flat(), ...nodes));
			this.markStage();
		}

		stageNode(stage, i, at, w, h) {
			const steps = this.page.steps.slice(stage.from, stage.to);
			const lost = steps.filter((s) => s.status !== 'hit').length;
			const target = stage.from + Math.max(0, steps.findIndex((s) => s.status !== 'hit'));
			const cell = (w - 16) / steps.length;
			const letters = Math.floor((w - 14) / 7.3);
			const name = stage.name.length > letters ? stage.name.slice(0, letters - 1) + '…' : stage.name;
			return svg('a', {
				href: '#' + this.anchor + 'step-' + target, 'data-step': target, 'data-stage': i, class: stage.status,
				'aria-label': `stage ${stage.name}, ${count(steps.length, 'step')}, ${lost ? lost + ' not cached for certain' : 'all cached'}`,
			},
			title(stage.name),
			svg('rect', {class: 'box', x: at.x, y: at.y, width: w, height: h, rx: 6}),
			text(name, at.x + 8, at.y + 19),
			...steps.map((s, k) => {
				const tall = s.status === 'hit' ? 5 : s.own ? 14 : 10;
				return svg('rect', {class: 'cell ' + s.status, x: at.x + 8 + k * cell, y: at.y + h - 7 - tall, width: Math.max(cell - 1.5, 0.5), height: tall});
			}));
		}

		markStage() {
			const stage = this.chosen < 0 ? -1 : this.page.steps[this.chosen].stage;
			for (const node of this.canvas.querySelectorAll('a')) {
				set(node, {'aria-current': Number(node.dataset.stage) === stage ? 'true' : null});
				if (Number(node.dataset.stage) !== stage) {
					node.removeAttribute('aria-current');
				}
			}
		}

		// The stack of layers that the chosen step is in, the base first.

		chain() {
			const steps = this.page.steps;
			const below = [];
			for (let i = this.chosen; i >= 0 && below.length < steps.length; i = steps[i].previous) {
				below.unshift(i);
			}
			const stage = this.page.stages[steps[this.chosen].stage];
			for (let i = this.chosen + 1; i < stage.to; i++) {
				below.push(i);
			}
			return below;
		}

		drawLayers() {
			const steps = this.page.steps;
			const chain = this.chain();
			const items = [];
			let stage = -1;
			let broken = false;
			for (const i of chain) {
				const step = steps[i];
				const name = this.page.stages[step.stage].name;
				if (step.stage !== stage && name) {
					items.push(el('li', {class: 'stage'}, name));
				}
				stage = step.stage;
				const breaks = !broken && step.status !== 'hit';
				broken = broken || breaks;
				items.push(el('li', {}, breaks && this.cut(step),
					el('a', {class: 'layer ' + state(step), href: '#' + this.anchor + 'step-' + i, 'data-step': i, tabindex: i === this.chosen ? 0 : -1, 'aria-current': i === this.chosen && 'true'},
						mark(step.status, step.own), el('span', {class: 'text', title: step.text}, hidden(spoken(step) + ': '), step.text), el('span', {class: 'nth', 'aria-hidden': 'true'}, step.number))));
			}
			this.layersTitle.replaceChildren('Layers ', el('small', {}, 'the base first, the newest last'));
			this.layers.replaceChildren(...items);
		}

		// What is chosen.

		choose(i, focus) {
			if (!(i >= 0 && i < this.page.steps.length)) {
				return;
			}
			this.chosen = i;
			for (const [step, links] of this.blocks) {
				links.forEach((link, nth) => {
					link.tabIndex = step === i && nth === 0 ? 0 : -1;
					link.removeAttribute('aria-current');
					set(link, {'aria-current': step === i && 'true'});
				});
			}
			this.drawLayers();
			this.markStage();
			bringIn(this.layers.closest('.pane'), this.layers.querySelector('[aria-current]'));
			this.detail.scrollTop = 0;
			this.detail.replaceChildren(...this.details(i), el('a', {class: 'back', href: '#file'}, 'Back to the Dockerfile'));
			if (focus === 'detail') {
				const title = this.detail.querySelector('h2');
				title.focus({preventScroll: true});
				if (window.matchMedia('(max-width: 760px)').matches) {
					this.detail.scrollIntoView();
				}
			}
			if (location.hash !== '#' + this.anchor + 'step-' + i) {
				history.replaceState(null, '', '#' + this.anchor + 'step-' + i);
			}
		}

		details(i, print) {
			const step = this.page.steps[i];
			const badge = step.status === 'miss' && !step.own ? 'runs again: it follows' : words[step.status];
			const where = (step.lines[0][0] ? this.page.dockerfile.file + ':' + step.lines[0][0] : '') +
				(step.oldLine && (step.against || step.oldLine !== step.lines[0][0]) ? `, before: line ${step.oldLine}` : '') + (step.against ? ` of ${step.against}` : '') + (step.cost ? ` · ${step.cost}` : '');
			return [
				el('h2', {tabindex: -1}, step.place, el('span', {class: 'badge ' + state(step)}, badge)),
				el('p', {class: 'where'}, where),
				el('div', {class: 'instruction'}, step.text),
				...this.causes(step),
				...this.follows(step, print),
				...this.fields(step, print),
				...this.inputs(step, print),
			];
		}

		causes(step) {
			if (step.causes.length === 0) {
				return [el('h3', {}, 'Why'), el('p', {class: 'empty'}, 'The old build made this step: nothing that its key is made of differs.')];
			}
			const items = step.causes.map((c) => el('li', {}, this.link(c.step, c.text), c.more && el('pre', {}, c.more.map((line) => line.trim()).join('\n'))));
			return [
				el('h3', {}, 'Why'),
				el('ul', {class: 'causes ' + step.status}, items, step.moreFiles && el('li', {class: 'rest'}, step.moreFiles)),
			];
		}

		// link is a text that leads to a step, if there is one.
		link(step, text) {
			return step >= 0 ? el('a', {href: '#' + this.anchor + 'step-' + step, 'data-step': step}, text) : text;
		}

		fields(step, print) {
			const shown = step.fields.filter((f) => f.change || !print);
			if (shown.length === 0) {
				return [];
			}
			const changes = step.fields.filter((f) => f.change).length;
			const rows = shown.map((f) => el('tr', {class: f.change ? 'changed' : null},
				el('th', {scope: 'row'}, f.name, el('small', {}, [f.change, f.line && 'line ' + f.line].filter(Boolean).join(', '))),
				f.change && f.change !== 'moved'
					? beside(f.before, f.after)
					: el('td', {colspan: 2}, f.after || el('span', {class: 'none'}, '(empty)'))));
			return [
				el('h3', {}, 'What its key is made of ', el('small', {}, changes ? count(changes, 'part') + ' changed' : 'all equal')),
				el('table', {class: 'fields'},
					el('colgroup', {}, el('col', {class: 'label'}), el('col'), el('col')),
					el('thead', {}, el('tr', {}, el('th', {scope: 'col'}, 'part'), el('th', {scope: 'col'}, 'before'), el('th', {scope: 'col'}, 'after'))),
					el('tbody', {}, rows)),
				step.moreFields > 0 && !print && el('p', {class: 'empty'}, count(step.moreFields, 'more part') + ' not shown'),
			].filter(Boolean);
		}

		inputs(step, print) {
			if (step.inputs.length === 0) {
				return [];
			}
			const items = step.inputs.map((input) => el('li', {},
				el('div', {class: 'line'}, mark(input.status, input.status === 'miss'), el('span', {}, this.link(input.step, input.what), ': ' + input.state)),
				input.paths.length > 0 && el('p', {class: 'paths'}, el('code', {}, input.paths.join('  '))),
				input.files >= 0 && (print ? printedFiles(this.page.files[input.files]) : fileFinder(this.page.files[input.files]))));
			return [el('h3', {}, 'What it reads'), el('ul', {class: 'inputs'}, items)];
		}

		follows(step, print) {
			if (step.follows.length === 0) {
				return [];
			}
			const items = step.follows.slice(0, print ? 8 : 300).map((i) => {
				const s = this.page.steps[i];
				return el('li', {}, mark(s.status, s.own), el('span', {class: 'nth'}, s.place), this.link(i, s.text));
			});
			const rest = step.follows.length - items.length;
			return [
				el('h3', {}, 'What follows ', el('small', {}, count(step.follows.length, 'step'))),
				el('ul', {class: 'links'}, items, rest > 0 && el('li', {}, `and ${rest} more`)),
			];
		}

		// The patches that were tried, each with what it saves.

		suggestions() {
			const list = this.page.suggestions;
			if (list.length === 0) {
				return null;
			}
			return el('section', {class: 'pane remarks suggestions', 'aria-labelledby': 'suggestions'}, el('h2', {id: 'suggestions'}, 'Suggested patches ', el('small', {}, 'each was tried on both sides')),
				el('ol', {}, list.map((s) => el('li', {},
					el('h3', {}, s.text),
					el('dl', {},
						s.step >= 0 && [el('dt', {}, 'for'), el('dd', {}, this.link(s.step, s.place))],
						s.saves && [el('dt', {}, 'saves'), el('dd', {}, s.saves)],
						s.missing && [el('dt', {}, 'missing'), el('dd', {}, s.missing)],
						s.cached.length > 0 && [el('dt', {}, 'cached with it'), el('dd', {}, el('ul', {}, s.cached.map((name) => el('li', {}, el('code', {}, name))),
							s.moreCached && el('li', {}, `and ${s.moreCached} more`)))],
						s.dependsOn.length > 0 && [el('dt', {}, 'only if'), el('dd', {}, el('ul', {}, s.dependsOn.map((d) => el('li', {}, d))))]),
					s.diff.length > 0 && diff(s)))));
		}

		remarks() {
			const {remarks, gone} = this.page;
			if (remarks.length + gone.length === 0) {
				return null;
			}
			return el('section', {class: 'pane remarks', 'aria-labelledby': 'remarks'}, el('h2', {id: 'remarks'}, 'Good to know'),
				el('ul', {}, remarks.map((r) => el('li', {class: r.kind}, el('span', {class: 'kind'}, r.kind + ': '), r.at && el('span', {class: 'at'}, r.at + ' '), r.text)),
					gone.map((g) => el('li', {}, el('span', {class: 'kind'}, 'gone: '), el('code', {}, g.name), ` (line ${g.line} of the old file)`))));
		}

		// On paper, all that is lost for a reason of its own, or may be, is written
		// out.

		print() {
			const lost = this.page.steps.map((s, i) => i).filter((i) => this.page.steps[i].own || this.page.steps[i].status === 'may-hit');
			const shown = lost.slice(0, 60);
			this.printed.replaceChildren(...shown.map((i) => el('div', {class: 'detail'}, this.details(i, true))),
				lost.length > shown.length ? el('p', {}, count(lost.length - shown.length, 'more step') + ' not written out') : '');
		}

		unprint() {
			this.printed.replaceChildren();
		}

		// Mouse and keyboard.

		clicked(e) {
			const link = e.target.closest('[data-step]');
			if (!link || e.ctrlKey || e.metaKey || e.shiftKey) {
				return;
			}
			e.preventDefault();
			const narrow = window.matchMedia('(max-width: 760px)').matches;
			const inPlace = link.matches('.block, .layer') && !narrow;
			const i = Number(link.dataset.step);
			this.choose(i, inPlace ? '' : 'detail');
			if (!link.matches('.block')) {
				this.reveal();
			}
			if (inPlace) {
				this.refocus(link.matches('.layer'));
			}
		}

		pressed(e) {
			const link = e.target.closest('.block.step, .layer');
			if (!link || e.ctrlKey || e.metaKey || e.altKey) {
				return;
			}
			const inLayers = link.matches('.layer');
			const order = inLayers ? this.chain() : [...this.blocks.keys()];
			const at = order.indexOf(Number(link.dataset.step));
			const next = {ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: order.length - 1}[e.key];
			if (e.key === 'Enter' || e.key === ' ') {
				e.preventDefault();
				this.choose(order[at], 'detail');
			} else if (next !== undefined && order[next] !== undefined) {
				e.preventDefault();
				this.choose(order[next]);
				this.refocus(inLayers);
			}
		}

		// reveal brings the chosen step's instruction into sight.
		reveal() {
			bringIn(this.pane, (this.blocks.get(this.chosen) || [])[0]);
		}

		// refocus moves the focus to the chosen step's link, where it was.
		refocus(inLayers) {
			const links = inLayers ? this.layers.querySelectorAll('[aria-current]') : this.blocks.get(this.chosen);
			if (links && links.length > 0) {
				links[0].focus({preventScroll: true});
				links[0].scrollIntoView({block: 'nearest'});
			}
		}
	}

	// bringIn scrolls a pane that has a window of its own to a node in it, unless
	// that is in sight.
	function bringIn(pane, node) {
		if (!node || pane.scrollHeight <= pane.clientHeight) {
			return;
		}
		const [box, frame] = [node.getBoundingClientRect(), pane.getBoundingClientRect()];
		if (box.top < frame.top + 60 || box.bottom > frame.bottom - 10) {
			pane.scrollTop += box.top - frame.top - pane.clientHeight / 3;
		}
	}

	// beside gives two cells, with what is not common to both texts marked.
	function beside(before, after) {
		const [a, b] = [[...before], [...after]];
		let from = 0;
		while (from < a.length && from < b.length && a[from] === b[from]) {
			from++;
		}
		let end = 0;
		while (end < a.length - from && end < b.length - from && a[a.length - 1 - end] === b[b.length - 1 - end]) {
			end++;
		}
		const cell = (kind, chars) => {
			if (chars.length === 0) {
				return el('td', {class: kind}, el('span', {class: 'none'}, 'not there'));
			}
			const middle = chars.slice(from, chars.length - end).join('');
			return el('td', {class: kind}, chars.slice(0, from).join(''), middle && el(kind === 'before' ? 'del' : 'ins', {}, middle), chars.slice(chars.length - end).join(''));
		};
		return [cell('before', a), cell('after', b)];
	}

	// diff shows a patch. Copied, it is the patch.
	function diff(s) {
		const kind = (line) => /^(diff |--- |\+\+\+ )/.test(line) ? 'name' : {'+': 'added', '-': 'removed', '@': 'hunk'}[line[0]];
		return el('pre', {class: 'diff', tabindex: 0, 'aria-label': 'patch'},
			s.diff.map((line) => [el('span', {class: kind(line)}, line), '\n']).flat(),
			s.moreLines && el('span', {class: 'hunk'}, count(s.moreLines, 'more line') + ' not shown'));
	}

	function title(name) {
		const node = svg('title');
		node.textContent = name;
		return node;
	}

	function text(s, x, y) {
		const node = svg('text', {x, y});
		node.textContent = s;
		return node;
	}

	// layout gives each stage a row and a column; rows that are too wide are
	// broken.
	function layout(stages, room) {
		const rows = [];
		stages.forEach((s, i) => (rows[s.row] = rows[s.row] || []).push(i));
		const place = [];
		let y = 0;
		for (const row of rows) {
			for (let from = 0; from < row.length; from += room) {
				const part = row.slice(from, from + room);
				part.forEach((i, column) => {
					place[i] = {row: y, column, of: part.length};
				});
				y++;
			}
		}
		return place;
	}

	// fileFinder lists files with a search. Only the rows in sight are in the
	// document.
	function fileFinder(files) {
		const all = files.changed.map(([path, change]) => ({path, change, low: path.toLowerCase()}))
			.concat(files.same.map((path) => ({path, change: '', low: path.toLowerCase()})));
		const height = 26;
		let found = all;
		const search = el('input', {type: 'search', 'aria-label': 'Search the files', placeholder: 'Search the files', autocomplete: 'off', spellcheck: 'false'});
		const only = el('input', {type: 'checkbox'});
		const output = el('output', {class: 'found'});
		const tall = el('div', {class: 'tall', role: 'list', 'aria-label': 'Files'});
		const view = el('div', {class: 'window', tabindex: 0, role: 'group', 'aria-label': 'Files that it takes'}, tall);

		function draw() {
			const from = Math.max(0, Math.floor(view.scrollTop / height) - 5);
			const rows = found.slice(from, from + 24).map((f, k) => {
				const row = el('div', {class: 'one' + (f.change ? ' changed' : ''), role: 'listitem', 'aria-posinset': from + k + 1, 'aria-setsize': found.length},
					el('span', {class: 'path', title: f.path}, f.path), f.change && el('span', {class: 'change', title: f.change}, f.change));
				row.style.top = (from + k) * height + 'px';
				return row;
			});
			tall.replaceChildren(...rows);
		}
		function filter() {
			const terms = search.value.toLowerCase().split(/\s+/).filter(Boolean);
			found = all.filter((f) => (!only.checked || f.change) && terms.every((t) => f.low.includes(t)));
			tall.style.height = found.length * height + 'px';
			view.scrollTop = 0;
			const narrowed = terms.length > 0 || only.checked;
			output.textContent = [
				narrowed ? `${found.length} of ${all.length} listed` : files.count,
				files.changed.length > 0 && !narrowed && `${files.changed.length} listed as changed`,
				files.omitted,
			].filter(Boolean).join(' · ');
			view.hidden = found.length === 0;
			draw();
		}
		search.addEventListener('input', filter);
		only.addEventListener('change', filter);
		view.addEventListener('scroll', () => requestAnimationFrame(draw));
		filter();
		const few = all.length < 2;
		return el('div', {class: 'files'},
			el('div', {class: 'find', hidden: few}, search, files.changed.length > 0 && files.same.length > 0 && el('label', {}, only, 'changed only')),
			output, view);
	}

	function printedFiles(files) {
		const some = files.changed.slice(0, 40).map(([path, change]) => el('li', {}, path + ': ' + change));
		const rest = files.changed.length - some.length;
		return el('ul', {class: 'files'}, el('li', {}, files.count), some, rest > 0 && el('li', {}, `and ${rest} more changed`));
	}

	// show draws a page into an element and chooses the step that the address
	// names, else the one of the headline. The anchor is what stands before the
	// step there, if the page is one of several.
	let shown = null;
	function show(root, page, anchor = '') {
		shown = new Explorer(root, page, anchor);
		shown.choose(asked() ?? Math.max(0, page.first));
		shown.reveal();
		return shown;
	}

	function asked() {
		const match = shown && location.hash.startsWith('#' + shown.anchor) && /^step-(\d{1,6})$/.exec(location.hash.slice(1 + shown.anchor.length));
		return match && Number(match[1]) < shown.page.steps.length ? Number(match[1]) : null;
	}

	window.addEventListener('hashchange', () => {
		if (shown && asked() !== null && asked() !== shown.chosen) {
			shown.choose(asked(), 'detail');
			shown.reveal();
		}
	});
	window.addEventListener('beforeprint', () => shown && shown.print());
	window.addEventListener('afterprint', () => shown && shown.unprint());
	let waiting = 0;
	window.addEventListener('resize', () => {
		cancelAnimationFrame(waiting);
		waiting = requestAnimationFrame(() => shown && shown.drawGraph());
	});

	// hide forgets the page that is shown.
	function hide() {
		shown = null;
	}

	return {show, hide, el, mark, words, count, hidden};
})();

{
	const data = document.getElementById('whybust-page');
	if (data) {
		whybust.show(document.getElementById('explorer'), JSON.parse(data.textContent));
	}
}
