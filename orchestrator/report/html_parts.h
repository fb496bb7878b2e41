#pragma once

namespace testbed::html_parts {

// The parts of an HTML report that are the same in each. The page asks for nothing from outside.
inline constexpr const char* kStyle = R"css(
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#59636e;--line:#d1d9e0;--panel:#f6f8fa;
--ok:26,127,55;--known:154,103,0;--bad:207,34,46;--link:#0969da}
@media(prefers-color-scheme:dark){:root:not(.light){--bg:#0d1117;--fg:#e6edf3;--dim:#9198a1;
--line:#3d444d;--panel:#151b23;--ok:63,185,80;--known:210,153,34;--bad:248,81,73;--link:#4493f8}}
:root.dark{--bg:#0d1117;--fg:#e6edf3;--dim:#9198a1;--line:#3d444d;--panel:#151b23;
--ok:63,185,80;--known:210,153,34;--bad:248,81,73;--link:#4493f8}
:root.light{color-scheme:light}:root.dark{color-scheme:dark}
*{box-sizing:border-box}
body{margin:0 auto;max-width:100rem;padding:1.5rem;background:var(--bg);color:var(--fg);
font:15px/1.5 system-ui,sans-serif}
h1{margin:0;font-size:1.6rem}h2{font-size:1.15rem}header p{margin:.2rem 0;color:var(--dim)}
header h1+p{color:var(--fg);font-size:1.05rem}
.banner{color:rgb(var(--bad))!important;font-weight:600}
form{display:flex;flex-wrap:wrap;gap:.6rem 1rem;align-items:center;margin:1rem 0}
input,select,button{font:inherit;color:inherit;background:var(--panel);border:1px solid var(--line);
border-radius:6px;padding:.25rem .6rem}
.scroll{overflow-x:auto}table{border-collapse:separate;border-spacing:3px}
thead th{position:sticky;top:0;background:var(--bg);font-weight:600;white-space:nowrap;
text-align:left;padding:.2rem .5rem}
tbody th{position:sticky;left:0;background:var(--bg);text-align:left;font-weight:500;white-space:nowrap;padding:.2rem .8rem .2rem 0}
#matrix tr{content-visibility:auto}
#matrix td a{display:block;padding:.3rem .6rem;border-radius:5px;text-decoration:none;
color:var(--fg);white-space:nowrap;background:rgba(var(--tone),var(--heat));
border-left:4px solid rgb(var(--tone))}
#matrix td a:hover{outline:2px solid var(--link)}a:focus-visible{outline:3px solid var(--link)}
td{--heat:.1}.ok{--tone:var(--ok)}.known{--tone:var(--known)}.bad{--tone:var(--bad)}
.none{--tone:128,128,128}
.h1,.h2,.h3{--heat:.16}.h4,.h5,.h6{--heat:.22}.h7,.h8,.h9{--heat:.28}.h10{--heat:.34}
.legend{color:var(--dim)}.legend span{padding:0 .5rem;border-left:4px solid rgb(var(--tone));
margin-right:.8rem}
.timeline th{vertical-align:top}.timeline ol{display:flex;flex-wrap:wrap;gap:3px;margin:0;padding:0;list-style:none}
.timeline li{padding:.2rem .6rem;border-radius:5px;background:rgba(var(--tone),var(--heat));
border-left:4px solid rgb(var(--tone))}.timeline li small{color:var(--dim);display:block}
dt{font-weight:600;margin-top:.8rem;font-family:ui-monospace,monospace}dd{margin:0 0 0 1rem}
article{display:none;position:fixed;inset:0 0 0 auto;width:min(46rem,100%);overflow:auto;
padding:1.2rem 1.5rem;background:var(--panel);border-left:1px solid var(--line);
box-shadow:-8px 0 24px rgba(0,0,0,.25);z-index:2}
article:target{display:block}
article h2{overflow-wrap:anywhere;margin:.2rem 0}.close{float:right;color:var(--link)}
.checks{width:100%;border-spacing:0}.checks th,.checks td{vertical-align:top;text-align:left;
border-top:1px solid var(--line);padding:.35rem .5rem;position:static;background:none}
.checks td{overflow-wrap:anywhere}.red th{color:rgb(var(--bad))}
code,pre{font:13px/1.45 ui-monospace,monospace;color:var(--dim);white-space:pre-wrap;
overflow-wrap:anywhere}
@media print{form,.close{display:none}article{display:none!important}}
)css";

inline constexpr const char* kControls =
    R"html(<form role="search" onsubmit="return false">
<label>Rows <input id="row" type="search" placeholder="part of a name"></label>
<label>Cells <select id="kind"><option value="">all</option><option value="bad">unexpected</option>
<option value="known">failed as expected</option><option value="ok">ok</option>
<option value="none">without a verdict</option></select></label>
<button type="button" id="theme">Dark or light</button>
<label class="pair">Compare <select id="from"><option value="">nothing</option></select></label>
<label class="pair">with <select id="to"><option value="">nothing</option></select></label>
<output id="shown" aria-live="polite"></output>
</form>
)html";

inline constexpr const char* kLegend =
    R"html(<p class="legend">Highest rung reached, rungs passed of all; * a side check is red.
<span class="ok">ok</span><span class="known">failed as expected</span><span
class="bad">unexpected</span><span class="none">without a verdict</span> The fuller the colour, the
higher the rung.</p>
)html";

// Filters, the theme, Escape and where the focus goes; everything else works without it.
inline constexpr const char* kScript = R"js(
const row=document.getElementById('row'),kind=document.getElementById('kind'),
rows=[...document.querySelectorAll('#matrix tbody tr')],shown=document.getElementById('shown');
const from=document.getElementById('from'),to=document.getElementById('to'),
heads=[...document.querySelectorAll('#matrix thead th')].map(head=>head.textContent),
pair=document.head.appendChild(document.createElement('style'));
for(const list of [from,to])heads.forEach((name,i)=>list.add(new Option(name,i+2)));
if(heads.length<2)for(const label of document.querySelectorAll('.pair'))label.hidden=true;
function filter(){const text=row.value.toLowerCase(),a=from.value,b=to.value,both=a&&b&&a!==b;let count=0;
pair.textContent=both?`#matrix tr>:not(:first-child):not(:nth-child(${a})):not(:nth-child(${b})){display:none}`:'';
for(const line of rows){const cells=kind.value?line.querySelectorAll('td.'+kind.value).length:1,
same=both&&line.cells[a-1].textContent===line.cells[b-1].textContent;
line.hidden=!(cells&&!same&&line.firstChild.textContent.toLowerCase().includes(text));
if(!line.hidden)count++}
shown.textContent=count===rows.length&&!both?'':count+' of '+rows.length+' rows'+(both?' differ':'')}
row.oninput=filter;kind.onchange=from.onchange=to.onchange=filter;
document.getElementById('theme').onclick=()=>{const root=document.documentElement,
dark=root.classList.contains('dark')||(!root.classList.contains('light')&&
matchMedia('(prefers-color-scheme:dark)').matches);
root.classList.toggle('light',dark);root.classList.toggle('dark',!dark)};
let opener=null;
addEventListener('click',e=>{const a=e.target.closest('#matrix td a');if(a)opener=a});
function close(){if(location.hash.startsWith('#c')){location.hash='matrix';
if(opener)opener.focus()}}
addEventListener('keydown',e=>{if(e.key==='Escape')close()});
addEventListener('hashchange',()=>{const open=document.querySelector('article:target');
if(open)open.focus()});
)js";

}  // namespace testbed::html_parts
