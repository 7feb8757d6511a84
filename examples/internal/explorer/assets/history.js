
// The page of a history (the Go type explorer.HistoryPage): a heat map of builds
// by steps, and what each build was. Drawn after explorer.js, which draws single builds.
//
// A history with a change has two sides, one below the other: as it was, and with the change. Both have the same builds,
// each in one column of both.
{
	const {el, mark, words, count, hidden} = whybust;
	const statuses = {h: 'hit', m: 'may-hit', o: 'miss', f: 'miss'};
	const spoken = {h: 'cached', m: 'may be cached', o: 'runs again for a reason of its own', f: 'runs again because it follows'};
	const head = 66; // above the rows: the dates, and what part of each build is cached
	const tall = 26; // of a row

	// table is a table that scrolls in itself, with the keyboard too.
	const table = (name, ...rows) => el('div', {class: 'scroll', role: 'group', tabindex: 0, 'aria-label': name}, el('table', {class: 'figures'}, rows));

	class Heat {
		constructor(root, page) {
			this.page = page;
			this.root = root;
			this.all = false; // steps that are no more are shown too
			this.col = page.columns.length - 1;
			this.row = 0;
			this.chosen = -1;
			this.sides = [this.side(page, page.whatIf ? 'without the change' : '', '')];
			this.sides[0].summary = page.whatIf && page.whatIf.summary;
			if (page.whatIf) {
				this.sides.push(this.side(page.whatIf.with, 'with the change', 'with/'));
			}
			this.labels = el('ol', {class: 'labels', 'aria-hidden': 'true'});
			this.canvas = el('canvas', {'aria-hidden': 'true'});
			this.wide = el('div', {class: 'wide'}, this.canvas);
			this.field = el('div', {class: 'field', id: 'heat', tabindex: 0, role: 'application', 'aria-roledescription': 'heat map', 'aria-label': 'Builds by steps', 'aria-describedby': 'heat-help'}, this.wide);
			this.where = el('p', {class: 'where', 'aria-hidden': 'true'});
			this.said = el('div', {class: 'hidden', role: 'status'});
			this.build = el('section', {class: 'detail build', id: 'build', 'aria-label': 'The chosen build', hidden: true});
			this.one = el('div', {hidden: true});
			this.view = el('div', {}, this.headline(), el('main', {}, this.map(), el('div', {class: 'below'},
				this.bothCulprits(), this.sides.map((side) => this.steps(side)), this.builds())));
			root.replaceChildren(this.view, this.one);
			this.listen();
			this.arrange();
			this.field.scrollLeft = this.wide.clientWidth;
			this.follow();
		}

		// side is one of the histories. place is how the address tells its builds from those of the other.
		side(page, title, place) {
			return {page, title, place, summary: page.summary, at: page.layouts.map((l) => new Map(l.rows.map((row, i) => [row, i])))};
		}

		headline() {
			const p = this.page;
			const broke = (side) => {
				const b = side.page.break;
				const text = b && (side.title ? side.title + ': ' : '') + b.text;
				return b && el('p', {class: 'what'}, b.column >= 0 ? this.link(b.column, text) : text);
			};
			return el('header', {class: 'top history'},
				el('h1', {}, p.summary),
				el('p', {class: 'sides'}, p.title && el('b', {}, p.title + ' · '), p.range, !p.whatIf && p.facts.map((f) => ' · ' + f)),
				p.whatIf && el('ul', {class: 'facts'}, p.facts.map((f) => el('li', {}, f))),
				p.whatIf && el('p', {class: 'sides'}, 'The change: ', el('code', {}, p.whatIf.change)),
				this.sides.map(broke),
				p.few && p.builds > 0 && el('p', {class: 'sides'}, 'So few builds say little about others.'),
				p.omitted > 0 && el('p', {class: 'sides'}, `The oldest ${count(p.omitted, 'build')} are counted and not drawn.`));
		}

		// The map: labels and rates beside a canvas, of which only what is in sight is drawn.

		map() {
			const gone = this.sides.flatMap((side) => side.page.rows).filter((r) => !r.current).length;
			const two = this.sides.length > 1;
			this.more = el('button', {type: 'button', hidden: gone === 0, 'aria-pressed': 'false'}, `Show ${count(gone, 'step')} that the newest build does not have`);
			return el('section', {class: 'pane heat', 'aria-labelledby': 'heat-title'},
				el('h2', {id: 'heat-title'}, 'Builds by steps ', el('small', {}, 'the oldest left, the newest right; a rate is how many of the builds that had the step lost it', two && '. Above without the change, below with it')),
				el('p', {class: 'help', id: 'heat-help'}, 'A click opens the build. Arrow keys, Home, End, Page Up and Page Down move, Enter opens, Escape closes. The same stands in tables below.'),
				el('div', {class: 'frame'}, this.labels, this.field),
				this.where, this.said,
				el('ul', {class: 'legend'},
					['h', 'o', 'f', 'm'].map((c) => el('li', {}, el('i', {class: 'cell ' + c, 'aria-hidden': 'true'}), {h: 'cached', m: 'may be cached', o: 'runs again, for a reason of its own', f: 'runs again, because it follows'}[c])),
					el('li', {}, el('i', {class: 'cell none', 'aria-hidden': 'true'}, '!'), 'cannot be built'),
					two && el('li', {}, el('i', {class: 'cell as-is', 'aria-hidden': 'true'}), 'the change does not apply: built as it is')),
				this.more, this.build);
		}

		// shows lists the rows that are shown, of one side after the other.
		shows() {
			return this.sides.flatMap((side, s) => {
				const rows = side.page.rows.map((r, i) => ({side, s, i, r})).filter(({r}) => this.all || r.current);
				side.rows = rows.length;
				return rows;
			});
		}

		// top is the upper edge of the head of a side, and of a row.
		top(s) {
			return this.sides.slice(0, s).reduce((y, side) => y + head + side.rows * tall, 0);
		}

		topOf(row) {
			return (this.shown[row].s + 1) * head + row * tall;
		}

		// arrange lays out the rows and gives the builds as much room as there is.
		arrange() {
			this.shown = this.shows();
			this.row = Math.min(this.row, Math.max(0, this.shown.length - 1));
			const lead = (side) => el('li', {class: 'lead'}, el('span', {}, side.title && el('b', {}, side.title), side.title ? ' cached in each build' : 'cached in each build'), el('span', {class: 'rate'}, 'lost'));
			const label = ({r}) => {
				const bar = el('span', {class: 'bar'});
				bar.style.width = (r.runs ? 100 * r.misses / r.runs : 0) + '%';
				return el('li', {title: r.place + ': ' + r.text, class: r.current ? null : 'gone'},
					el('span', {class: 'nth'}, r.place.replace(/^step /, '')), el('span', {class: 'text'}, r.text), el('span', {class: 'meter'}, bar), el('span', {class: 'rate'}, r.rate));
			};
			this.labels.replaceChildren(...this.sides.flatMap((side, s) => [lead(side), ...this.shown.filter((row) => row.s === s).map(label)]));
			this.size();
		}

		size() {
			const n = Math.max(1, this.page.columns.length);
			const ratio = window.devicePixelRatio || 1;
			const room = this.field.clientWidth || 600;
			this.width = this.paper ? room / n : Math.min(18, Math.max(5, Math.floor(room * ratio / n) / ratio));
			this.height = this.top(this.sides.length);
			this.wide.style.width = Math.max(room, n * this.width) + 'px';
			this.wide.style.height = this.height + 'px';
			this.draw();
		}

		draw() {
			const room = this.field.clientWidth || 600;
			const ratio = Math.min(window.devicePixelRatio || 1, 16000 / this.height);
			this.canvas.width = Math.round(room * ratio);
			this.canvas.height = Math.round(this.height * ratio);
			this.canvas.style.width = room + 'px';
			this.canvas.style.height = this.height + 'px';
			const g = this.canvas.getContext('2d');
			g.scale(ratio, ratio);
			const paint = {g, room, ...this.colors()};
			this.lines(paint);
			const from = Math.max(0, Math.floor(this.field.scrollLeft / this.width) - 1);
			const to = Math.min(this.page.columns.length, Math.ceil((this.field.scrollLeft + room) / this.width) + 1);
			for (let c = from; c < to; c++) {
				this.sides.forEach((side, s) => this.column(paint, side, c, c * this.width - this.field.scrollLeft, this.top(s)));
			}
			this.dates(paint, from, to);
			this.overlay(paint);
		}

		// colors are those of the theme; paper is white.
		colors() {
			if (this.paper) {
				return {hit: '#8fcfae', may: '#d99a1c', miss: '#c0262d', line: '#bbb', soft: '#444', accent: '#000', select: '#eee'};
			}
			const style = getComputedStyle(this.root);
			const names = {hit: '--hit-bar', may: '--may-bar', miss: '--miss-bar', line: '--line', soft: '--soft', accent: '--accent', select: '--select'};
			return Object.fromEntries(Object.entries(names).map(([name, property]) => [name, style.getPropertyValue(property)]));
		}

		lines({g, room, line, select}) {
			g.fillStyle = select;
			if (this.chosen >= 0) {
				g.fillRect(this.chosen * this.width - this.field.scrollLeft, 16, this.width, this.height);
			}
			g.fillStyle = line;
			this.sides.forEach((side, s) => {
				for (let r = 0; r <= side.rows; r++) {
					g.fillRect(0, this.top(s) + head + r * tall - 1, room, 1);
				}
			});
		}

		// column draws a build of a side; y is the upper edge of its head.
		column(paint, side, c, x, y) {
			const {g} = paint;
			const column = side.page.columns[c];
			const gap = this.width >= 4 ? 1 : 0;
			const w = Math.max(this.width - gap, .5);
			if (column.layout < 0) {
				g.fillStyle = paint.soft;
				g.font = '700 12px monospace';
				g.fillText('!', x + w / 2 - 3, y + 36);
				for (let at = 42; at < head + side.rows * tall; at += 6) {
					g.fillRect(x + w / 2, y + at, 1, 3);
				}
				return;
			}
			const hits = column.cells.length - column.cells.replaceAll('h', '').length;
			const share = column.cells.length ? hits / column.cells.length : 1;
			g.fillStyle = paint.hit;
			g.fillRect(x, y + head - 8 - 36 * share, w, 36 * share + 1);
			if (column.unchanged) {
				g.fillStyle = paint.soft;
				g.fillRect(x, y + head - 6, w, 3);
			}
			const at = side.at[column.layout];
			this.shown.forEach((row, r) => row.side === side && this.cell(paint, column.cells[at.get(row.i)], x, this.topOf(r) + tall - 4, w));
		}

		// cell draws a status by its height and form, not by its color alone; y is its foot.
		cell({g, hit, may, miss}, status, x, y, w) {
			switch (status) {
				case 'h':
					g.fillStyle = hit;
					g.fillRect(x, y - 4, w, 4);
					break;
				case 'm':
					g.fillStyle = may;
					g.fillRect(x, y - 4, w, 4);
					g.fillRect(x, y - 12, w, 4);
					break;
				case 'f':
					g.fillStyle = miss;
					g.globalAlpha = .5;
					g.fillRect(x, y - 11, w, 11);
					g.globalAlpha = 1;
					break;
				case 'o':
					g.fillStyle = miss;
					g.fillRect(x, y - 19, w, 19);
			}
		}

		// dates writes a month where one begins, as far as there is room.
		dates({g, soft, room}, from, to) {
			g.fillStyle = soft;
			g.font = '11px ' + getComputedStyle(this.root).fontFamily;
			let free = 0;
			for (let c = from; c < to; c++) {
				const month = this.page.columns[c].date.slice(0, 7);
				const x = c * this.width - this.field.scrollLeft;
				if (x >= free && x + 46 <= room && (c === 0 || month !== this.page.columns[c - 1].date.slice(0, 7))) {
					g.fillText(month, x, 11);
					free = x + 56;
				}
			}
		}

		// overlay draws where the trend broke, and the cursor.
		overlay({g, accent, soft}) {
			const place = (c) => c * this.width - this.field.scrollLeft;
			this.sides.forEach((side, s) => {
				if (side.page.break && side.page.break.column >= 0) {
					g.strokeStyle = soft;
					g.lineWidth = 2;
					g.setLineDash([5, 4]);
					g.beginPath();
					g.moveTo(place(side.page.break.column) - .5, this.top(s) + 14);
					g.lineTo(place(side.page.break.column) - .5, this.top(s + 1));
					g.stroke();
					g.setLineDash([]);
				}
			});
			if (!this.paper && this.shown.length > 0 && this.col >= 0 && (this.chosen >= 0 || document.activeElement === this.field)) {
				g.strokeStyle = accent;
				g.lineWidth = 2;
				g.strokeRect(place(this.col) - 1.5, this.topOf(this.row) + .5, Math.max(this.width + 2, 6), tall - 2);
			}
		}

		// Mouse and keyboard.

		listen() {
			this.field.addEventListener('scroll', () => requestAnimationFrame(() => this.draw()));
			this.field.addEventListener('click', (e) => {
				if (this.point(e)) {
					this.choose(this.col);
				}
			});
			this.field.addEventListener('mousemove', (e) => this.point(e, true));
			this.field.addEventListener('mouseleave', () => this.tell());
			this.field.addEventListener('keydown', (e) => this.pressed(e));
			for (const kind of ['focus', 'blur']) {
				this.field.addEventListener(kind, () => this.draw());
			}
			this.build.addEventListener('keydown', (e) => e.key === 'Escape' && this.close());
			this.more.addEventListener('click', () => {
				this.all = !this.all;
				this.more.setAttribute('aria-pressed', String(this.all));
				this.arrange();
			});
			this.root.addEventListener('click', (e) => {
				const link = e.target.closest('a[data-column]');
				if (link) {
					e.preventDefault();
					this.choose(Number(link.dataset.column), true);
				}
			});
			window.addEventListener('hashchange', () => this.follow());
			window.addEventListener('resize', () => this.size());
			window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw());
			window.addEventListener('beforeprint', () => this.print(true));
			window.addEventListener('afterprint', () => this.print(false));
		}

		// point takes the cursor to where the mouse is, or only tells what is there.
		point(e, only) {
			const box = this.canvas.getBoundingClientRect();
			const col = Math.floor((e.clientX - box.left + this.field.scrollLeft) / this.width);
			const row = this.rowAt(e.clientY - box.top);
			if (col < 0 || col >= this.page.columns.length) {
				return false;
			}
			if (only) {
				this.tell(col, row);
				return true;
			}
			this.col = col;
			this.row = Math.max(0, Math.min(row, this.shown.length - 1));
			return true;
		}

		// rowAt is the row at a height; the head of a side belongs to its first row.
		rowAt(y) {
			const row = this.shown.findLastIndex((row, r) => y >= (r > 0 && this.shown[r - 1].s === row.s ? this.topOf(r) : this.topOf(r) - head));
			return y < this.height ? row : this.shown.length;
		}

		pressed(e) {
			const by = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1], PageUp: [-10, 0], PageDown: [10, 0], Home: [-1e9, 0], End: [1e9, 0]}[e.key];
			if (e.ctrlKey || e.altKey || e.metaKey) {
				return;
			}
			if (e.key === 'Enter' || e.key === ' ') {
				e.preventDefault();
				this.choose(this.col, true);
			} else if (e.key === 'Escape') {
				this.close();
			} else if (by) {
				e.preventDefault();
				this.col = Math.max(0, Math.min(this.page.columns.length - 1, this.col + by[0]));
				this.row = Math.max(0, Math.min(this.shown.length - 1, this.row + by[1]));
				this.reveal();
				this.tell();
				this.said.textContent = this.where.textContent;
			}
		}

		reveal() {
			const x = this.col * this.width;
			if (x < this.field.scrollLeft || x + this.width > this.field.scrollLeft + this.field.clientWidth) {
				this.field.scrollLeft = x - this.field.clientWidth / 2;
			}
			this.draw();
		}

		// tell says what a cell is.
		tell(col = this.col, row = this.row) {
			const {date, commit, subject} = this.page.columns[col] || {};
			if (!commit) {
				return;
			}
			const {r, side, i} = this.shown[row] || {side: this.sides[0]};
			const column = side.page.columns[col];
			const what = `${date} ${commit} ${subject}`;
			const status = column.layout < 0 ? 'cannot be built' : r && (spoken[column.cells[side.at[column.layout].get(i)]] || 'not in this build');
			const place = r && r.place + (side.title && ' ' + side.title);
			this.where.textContent = r && column.layout >= 0 ? `${place}: ${status} · ${what}` : [what, status].filter(Boolean).join(' · ');
		}

		// What a build was.

		link(c, text) {
			return el('a', {href: '#commit-' + this.page.columns[c].commit, 'data-column': c}, text);
		}

		verdict(c, {page} = this.sides[0]) {
			const column = page.columns[c];
			if (column.layout < 0) {
				return ['cannot be built', '', column.error];
			}
			const layout = page.layouts[column.layout];
			let at = column.cells.search(/[of]/);
			const misses = at >= 0;
			at = misses ? at : column.cells.indexOf('m');
			if (at < 0) {
				return ['every step is cached', '', ''];
			}
			return [misses ? 'cache busts at' : 'cache may bust at', page.texts[layout.places[at]], page.texts[layout.names[at]]];
		}

		choose(c, focus) {
			if (!(c >= 0 && c < this.page.columns.length)) {
				return;
			}
			this.chosen = this.col = c;
			const column = this.page.columns[c];
			const [verdict, place, text] = this.verdict(c);
			const two = this.sides.length > 1 && column.layout >= 0;
			const title = (column, verdict, place) => [el('span', {class: 'verdict ' + (column.layout < 0 ? '' : /[of]/.test(column.cells) ? 'miss' : /m/.test(column.cells) ? 'may-hit' : 'hit')}, verdict), place && ' ' + place];
			const close = el('button', {type: 'button', class: 'close'}, 'Close');
			close.addEventListener('click', () => this.close());
			const step = (d) => c + d >= 0 && c + d < this.page.columns.length && this.link(c + d, d < 0 ? '← before' : 'after →');
			this.build.replaceChildren(
				el('h2', {tabindex: -1}, two ? 'Build ' + column.commit : title(column, verdict, place), close),
				...two ? [] : [el('p', {}, text && el('code', {}, text))],
				el('p', {class: 'where'}, `${column.date} `, el('code', {}, column.commit), ' ' + column.subject, ' ', el('span', {class: 'pages'}, step(-1), ' ', step(1))),
				...two ? [el('div', {class: 'both'}, this.sides.map((side) => this.half(side, c, title)))] : [...this.opening(this.sides[0], c), ...this.list(this.sides[0], c)]);
			this.build.hidden = false;
			this.build.scrollTop = 0;
			if (focus) {
				this.build.querySelector('h2').focus({preventScroll: true});
			}
			if (location.hash !== '#commit-' + column.commit) {
				history.replaceState(null, '', '#commit-' + column.commit);
			}
			this.reveal();
			this.tell();
		}

		// half is what a build was on one of two sides.
		half(side, c, title) {
			const column = side.page.columns[c];
			const [verdict, place, text] = this.verdict(c, side);
			return el('section', {class: 'half', 'aria-label': 'This build ' + side.title},
				el('h3', {class: 'side'}, side.title),
				el('p', {}, el('b', {}, title(column, verdict, place)), ' ', text && el('code', {}, text)),
				column.unchanged && el('p', {class: 'as-is'}, 'The change does not apply here, and it was built as it is: ' + column.unchanged),
				this.opening(side, c), this.list(side, c));
		}

		close() {
			this.build.hidden = true;
			this.chosen = -1;
			history.replaceState(null, '', '#');
			this.field.focus({preventScroll: true});
			this.draw();
		}

		// opening leads to the whole page of a build, or says what would make it.
		opening(side, c) {
			const column = side.page.columns[c];
			if (column.page) {
				const button = el('button', {type: 'button', class: 'open'}, 'Open the layer explorer of this build');
				button.addEventListener('click', () => this.open(side, c));
				return [el('p', {}, button)];
			}
			if (column.layout < 0 || !column.before || side !== this.sides[0]) { // no command lays the change over one build
				return [];
			}
			const quote = (word) => /^[\w@%+=:,./-]+$/.test(word) ? word : "'" + word.replaceAll("'", "'\\''") + "'";
			const before = new Map(this.page.columns.map((c) => [c.commit, c.before]));
			const cached = [];
			for (let at = before.get(column.before); at && cached.length < 2 * (this.page.depth - 1); at = before.get(at)) {
				cached.push('--cached', at);
			}
			const command = [...this.page.command, ...cached, column.before, column.commit, ...this.page.context].map(quote).join(' ') + ' >build.html';
			return [el('p', {class: 'command'}, 'In the layer explorer: ', el('code', {}, command))];
		}

		list({page}, c) {
			const column = page.columns[c];
			if (column.layout < 0) {
				return [];
			}
			const layout = page.layouts[column.layout];
			const why = new Map();
			(column.why || []).forEach(([i, text]) => why.set(i, (why.get(i) || []).concat(page.texts[text])));
			const item = (c, i) => el('li', {class: statuses[c]},
				mark(statuses[c], c === 'o'), hidden(spoken[c] + ': '), el('span', {class: 'nth'}, page.texts[layout.places[i]].replace(/^step /, '')),
				el('span', {class: 'text'}, el('code', {}, page.texts[layout.names[i]]),
					why.has(i) && el('ul', {}, why.get(i).map((text) => el('li', {}, text)))));
			const items = [...column.cells].map(item);
			const [lost, kept] = [items.filter((li) => li.className !== 'hit'), items.filter((li) => li.className === 'hit')];
			return [
				...lost.length > 0 ? [el('h3', {}, 'Not cached ', el('small', {}, `${lost.length} of ${count(items.length, 'step')}`)), el('ol', {class: 'made'}, lost)] : [],
				column.moreWhy > 0 && el('p', {class: 'empty'}, count(column.moreWhy, 'more reason') + ' not listed'),
				...kept.length > 0 ? [el('h3', {}, 'Cached ', el('small', {}, count(kept.length, 'step'))), el('ol', {class: 'made'}, kept)] : [],
			].filter(Boolean);
		}

		// open shows the whole page of a build in place of the map.
		open(side, c) {
			const column = this.page.columns[c];
			const data = document.querySelectorAll('script.whybust-build')[side.page.columns[c].page - 1];
			const back = el('a', {class: 'tomap', href: '#commit-' + column.commit}, '← Back to the history');
			const page = el('div', {});
			this.one.replaceChildren(el('nav', {class: 'backbar'}, back, ` ${column.date} ${column.commit} ${column.subject}`, side.title && ' · ' + side.title), page);
			this.view.hidden = true;
			this.one.hidden = false;
			back.addEventListener('click', (e) => {
				e.preventDefault();
				this.leave();
				this.choose(c, true);
			});
			whybust.show(page, JSON.parse(data.textContent), 'commit-' + column.commit + '/' + side.place);
			window.scrollTo(0, 0);
			back.focus();
		}

		leave() {
			whybust.hide();
			this.one.hidden = true;
			this.one.replaceChildren();
			this.view.hidden = false;
			this.size();
		}

		// follow goes where the address says.
		follow() {
			const match = /^#commit-([0-9a-f]{4,12})(?:\/(with\/)?(step-\d{1,6}))?$/.exec(location.hash);
			const c = match ? this.page.columns.findIndex((column) => column.commit === match[1]) : -1;
			if (c < 0) {
				return;
			}
			const side = this.sides.find(({place}) => place === (match[2] || ''));
			if (match[3] && side && side.page.columns[c].page) {
				if (this.one.hidden) {
					this.chosen = this.col = c;
					this.open(side, c);
				}
				return;
			}
			if (!this.one.hidden) {
				this.leave();
			}
			if (this.chosen !== c) {
				this.choose(c);
			}
		}

		// The tables.

		// bothCulprits are those of each side, or one table if they are the same.
		bothCulprits() {
			const [one, other] = this.sides.map(({page}) => JSON.stringify(page.culprits));
			return one === other ? [this.culprits({...this.sides[0], title: 'without the change and with it'})] : this.sides.map((side) => this.culprits(side));
		}

		culprits({page, title, place}) {
			const list = page.culprits;
			const id = 'culprits' + place.slice(0, -1);
			const name = 'What alone broke builds' + (title && ' ' + title);
			if (list.length === 0) {
				return null;
			}
			const most = Math.max(...list.map((c) => c.builds));
			const timed = list.some((c) => c.lost);
			return el('section', {class: 'pane', 'aria-labelledby': id}, el('h2', {id}, name + ' ', el('small', {}, `of ${count(page.builds, 'build')}`)),
				table(name,
					el('thead', {}, el('tr', {}, el('th', {scope: 'col'}, 'builds'), el('th', {scope: 'col'}, el('span', {class: 'hidden'}, 'share')), el('th', {scope: 'col'}, 'path'), el('th', {scope: 'col'}, 'which is'), timed && el('th', {scope: 'col'}, 'time'))),
					el('tbody', {}, list.map((c) => {
						const bar = el('span', {class: 'bar'});
						bar.style.width = 100 * c.builds / most + '%';
						return el('tr', {}, el('td', {class: 'number'}, c.builds), el('td', {class: 'share'}, el('span', {class: 'meter'}, bar)), el('th', {scope: 'row'}, el('code', {}, c.name)), el('td', {}, c.kind), timed && el('td', {}, c.lost));
					}))));
		}

		steps({page, title, place, summary}) {
			const rows = page.rows;
			const id = 'steps' + place.slice(0, -1);
			const name = 'Steps' + (title && ' ' + title);
			const timed = rows.some((r) => r.lost);
			const columns = ['step', 'builds', 'cached', 'may be', 'lost', 'of its own', timed && 'time', 'why', 'follows'].filter(Boolean);
			return el('section', {class: 'pane', 'aria-labelledby': id}, el('h2', {id}, name, title && [' ', el('small', {}, summary)]),
				table(name,
					el('thead', {}, el('tr', {}, columns.map((c) => el('th', {scope: 'col'}, c)))),
					el('tbody', {}, rows.map((r) => el('tr', {class: r.current ? null : 'gone'},
						el('th', {scope: 'row'}, el('span', {class: 'nth'}, r.place + (r.current ? '' : ', no more')), ' ', el('code', {}, r.text)),
						[r.runs, r.hits, r.mayHits, r.misses, r.own].map((n) => el('td', {class: 'number'}, n)),
						timed && el('td', {}, r.lost),
						el('td', {}, r.causes.map((c) => `${c.text}: ${c.builds}`).join('; ')),
						el('td', {}, r.from.slice(0, 4).map(([from, n]) => `${rows[from].place.replace(/^step /, '')}: ${n}`).join('; ')))))),
				page.moreRows > 0 && el('p', {class: 'help'}, count(page.moreRows, 'more step') + ' not drawn'));
		}

		// builds has a row for each build. It is made when it is opened.
		builds() {
			const details = el('details', {class: 'pane builds'}, el('summary', {}, `All ${count(this.page.columns.length, 'commit')} as a table`));
			details.addEventListener('toggle', () => {
				if (!details.open || details.querySelector('table')) {
					return;
				}
				details.append(table('All commits',
					el('thead', {}, el('tr', {}, ['date', 'commit', 'subject', ...this.sides.map(({title}) => title || 'what happens')].map((c) => el('th', {scope: 'col'}, c)))),
					el('tbody', {}, this.page.columns.map((column, c) => el('tr', {},
						el('td', {class: 'number'}, column.date), el('th', {scope: 'row'}, this.link(c, column.commit)), el('td', {}, column.subject), this.sides.map((side) => el('td', {}, this.verdict(c, side).filter(Boolean).join(' '))))).reverse())));
			});
			return details;
		}

		print(on) {
			this.paper = on;
			if (!this.view.hidden) {
				this.size();
			}
		}
	}

	const data = document.getElementById('whybust-history');
	if (data) {
		new Heat(document.getElementById('explorer'), JSON.parse(data.textContent));
	}
}
