/** Given names and family names that are common where English, German and French are spoken, folded (no accents), for names.ts. Not complete, and cannot be. */

const list = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Names that are hardly ever anything else. */
export const GIVEN: ReadonlySet<string> = list(`
ajay anil arun ashok chen deepa haruto hiro jing kenji kumiko lakshmi mei ming pooja raj rajiv ravi sandeep satoshi takashi vijay wei yuki
aaron abdul abdullah abigail achim adam adele adelheid adem adrian adriana adrien agathe agnes agnieszka ahmad ahmed aileen aisha
alain alan albert alberto albrecht alejandro aleksandr alessandro alex alexander alexandra alexandre alexei alexis alfons alfred ali
alice alicia alina aline alison alois amanda amandine amelia amelie amina amir amit amy ana anastasia anders andre andrea andreas
andree andrei andrew andrzej andy anette angela angelika angelina angelique angelo angus anita anja anke ann anna annabelle anne
annegret anneliese annemarie annette annika ansgar anthony antje antoine anton antonia antonio anya arjun armando armin arnaud arnd
arne arno arnold arthur artur astrid aurelie aurelien axel aylin ayse balazs barbara barry bartosz bastian bastien beate beatrice
beatrix benedict benedikt benjamin benny benoit bernard bernd bernhard bert bertha berthold bertrand beth bettina betty bianca birgit
birte bjorn bogdan boris brandon brenda brendan brian bridget brigitte bruno burkhard bryan caitlin calvin camille carina carla carlo
carlos carmen carola carole caroline carsten catherine cathy cecile cecilia celine cem chantal charles charlie charlotte chloe
chris christa christel christiane christina christine christoph christophe christopher cindy clara clarisse claudia claudine claudio
clement clemens clive colette colin connor conrad constance constantin cordula corinna corinne cornelia craig cristina curtis cynthia
cyril cyrille daisy damian damien daniel daniela daniele danielle danny daria dario darius darren dave david deborah debbie deepak
denis denise dennis derek derrick detlef diana diane didier diego dieter dietmar dietrich dimitri dirk dmitri dolores dominic dominik
dominique donald doris dorothea dorothee douglas duncan dwayne dylan eberhard eckhard eddie edgar edith edmund eduard eduardo edward
edwin egon eileen elaine elena elfriede eliane elias elif elisa elisabeth elise elizabeth elke ella ellen elliot elodie elsa emeric
emil emile emilie emily emma emmanuel emre enrico eric erica erich erik erika erin ernesto erwin esra estelle esther ethan etienne
eugen eugene eva evelyn evelyne ewa fabian fabien fabienne fabio fabrice fatih fatima fatma felicitas felipe felix ferdinand fernando
fiona florence florent florian francesca francesco francine francisco franck francois francoise frank franz franziska fred frederic
frederick frederik frida frieda friedhelm friedrich fritz gabi gabriel gabriele gabrielle gareth gary gavin geoff geoffrey georg
george georges georgia gerald geraldine gerard gerd gerda gerhard gerlinde gernot gero gerrit gertrud ghislaine gianni gilbert gilles
gina giorgio giovanni gisela gitta giulia giuseppe gordon graham greg gregor gregory greta gudrun guido guillaume gunnar gunter
gunther gustav guy gwen hakan hannah hanna hannelore hannes hans hansjorg harald harold harriet hartmut hasan hassan hedwig heide
heidi heiko heike hein heiner heinrich heinz helen helena helene helga helmut hendrik henning henri henriette henrik henry herbert
heribert hermann herve hilde hildegard hiroshi holger horst howard hubert hugh hugo huseyin ian ibrahim igor ilka ilona ilse imke ina
inge ingeborg ingo ingrid ines irene irina iris irmgard isabel isabell isabella isabelle ismail ivan ivana jackie jacob jacqueline
jacques jakob jakub jamal james jamie jan jana jane janet janina janine jannik janos jason jasmin javier jean jeanette jeanne jeff
jeffrey jennifer jenny jens jeremy jerome jerry jessica jill jim jimmy joachim joan joanna joanne jocelyn jochen joel joelle joerg
johan johann johanna johannes john johnny jolanta jonas jonathan jorg jorge jorn jose josef joseph josephine josh joshua josiane joyce
juan judith julia julian juliane julie julien juliette julius jurgen jutta kai karen karim karin karina karl karla karlheinz karsten
kasper katarina katarzyna kate katharina katherine kathleen kathrin kathy katie katja katrin kay keith kemal kenneth kenny kerstin
kevin kilian kirsten kjell klara klaus knut konrad konstantin krzysztof kurt kyle lara larissa larry lars laszlo laura laure laurence
laurent lauren laurie lea leah leila lena lennart leo leon leonard leonie leonardo leopold leroy leslie lewis liam lilian liliane
lina linda lisa lise lisbeth liselotte lorenz lorenzo lothar louis louise luc luca lucas lucia lucie lucien lucy ludger ludovic ludwig
luigi luis luisa lukas luke lutz lydia lydie lynn mabel madeleine magali magda magdalena maike maja malte mandy manfred manon manuel
manuela marc marcel marcelo marcin marco marcus marek margaret margarete margit margot margret maria mariam marianne marie marika
mario marion marisa marius marlene marlies marta martha martin martina martine marvin mary mathias mathieu mathilde mats matteo
matthew matthias matthieu maud maureen maurice mauro maxim maxime maximilian maya mechthild mehdi mehmet meike melanie melissa
michael michaela michal michel michele micheline michelle miguel mike mikhail milan milena mirco miriam mirjam mirko mohamed mohammad
mohammed moira monica monika monique moritz muhammad murat murielle mustafa myriam nadege nadia nadine nadja naomi natacha natalia
natalie natascha nathalie nathan neil nelly nicholas nick nico nicola nicolas nicole niels niklas nikolai nikolaus nikos nils nina
noah noel noemie nora norbert norman odette odile olaf oleg olga oliver olivia olivier omar orhan oscar oskar osman ottmar owen
pablo pamela paolo patrice patricia patrick patrik paul paula paulette pauline pavel pawel pedro peggy peter petra phil philip
philipp philippe phillip pierre pierrick piotr priya rachel rafael rahul raimund rainer rajesh ralf ralph ramona ramon raphael raoul
raphaelle rashid raul raymond rebecca regine reiner reinhard reinhold rekha rémi remi renate renaud rene renee ricardo richard
robert roberta roberto rodolphe rodrigo roger roland rolf romain ronald ronny rosa rosalie rosemarie ross roswitha roxane rudiger
rudolf rudi rupert russell ruth ryan sabine sabrina said salma sally salvatore sam samantha samira samir samuel sandra sandrine
sanjay santiago sara sarah sascha sean sebastian sebastien selim selina serge sergei sergio severine shane sharon sheila shirley
siegfried sigrid silke silvia silvio simon simona simone sina siobhan sofia solange sonja sonia sophia sophie soren stacey stanislas
stefan stefanie steffen stella stephan stephane stephanie stephen steve steven stewart stuart sunil suresh susan susann susanna
susanne suzanne svea sven svenja svetlana sybille sylvain sylvester sylvia sylvie tamara tania tanja tariq tatjana tatiana ted teresa
terence teresia thea theo theodor theresa therese thibault thierry thilo thomas thorsten till tilman tim timo timothy tina tobias tom
tomas tomasz tommy toni tony torben torsten tracy trevor tristan udo ugur ulf uli ulla ulrich ulrike ursel ursula uschi ute uwe
valentin valentina valerie vanessa vera verena veronica veronika veronique vikram viktor viktoria vincent vincenzo viola virginia
virginie vivian viviane vladimir volker volkmar walburga waldemar walter waltraud wanda wayne wenzel werner wiebke wilfried wilhelm
wilhelmina willi william willy winfried wojciech wolfgang wolfram xavier yann yannick yasemin yasmin yohan yolande yoshiko yusuf
yves yvette yvonne zbigniew zeynep zoe zofia
`);

/** Given names that are also words, units, machines or months: names only beside something that says so. */
export const GIVEN_TOO: ReadonlySet<string> = list(`
abel alec amber angel april ariel art august bill billy blaise bob brad brent brook bruce buck buddy carl carol chad chase christian
chuck cliff claude clara crystal dale dan dawn dean deb dominic don donna drew dusty earl ed eden eli ella ernie ernst eve faith fay
ford francis frances fran frankie gail gene gil ginger glen glenn grace grant gus guy hank harper harry hazel heather holly hope ira
isa ivy jack jade jake jasper jay jet jo jody joe jordan joy judy june kelly kelvin ken kim kit kurt lance lane laurel lee lily
logan lou love mac madison marie mark marina marine mason matt max may mel merlin mick miles mitch molly morgan nat norm olive otto
page pascal pascale pat pearl peg penny phoenix pip polly randy ray reed regina rex rich rick rob robin rod roman ron rose rosemary
roy ruby rusty sandy sasha sawyer scott shelly sid skip sky sol stan sterling stew storm sue sunny tab taylor terry tess theo todd
trace trip troy tucker tyler urban val vic victor victoria violet ward wade wendy wes wilder will wolf woody zack
`);

/** Family names that are hardly ever anything else. */
export const FAMILY: ReadonlySet<string> = list(`
adamczyk aguilar ahlers albrecht alvarez andersen anderson andersson arslan aubert aydin bachmann bauer baumann baumgartner beauchamp
bergmann bernasconi bertrand blanchard boucher bouchard boulanger bourgeois braun brinkmann brunner buchholz busch campbell celik
chevalier clarke clement colin cohen collins connolly cunningham da_silva davies davis demir deschamps diaz dietrich dominguez dubois
dufour dumas dumont dupont dupuis durand edwards eriksson evans faure fernandez ferrari fitzgerald fontaine fournier friedrich
fuchs garcia garnier gauthier gerard giraud gomez gonzalez gottschalk graf griffiths gross grosse gruber guerin guillaume guillot
gupta gutierrez haas hahn hansen hansson harris hartmann hartwig heinrich heinze henderson henriksen henry hernandez herrmann hoffmann
hofmann hughes huber ibrahim ivanov jackson jacobsen jankowski jansen janssen jenkins jensen jimenez johansson johnson johnston jones
jung kaminski karlsson kaiser kaya keller kelly kennedy kim klein koch kohler kowalczyk kowalski kraus krause kruger kumar kuhn
lacroix lambert lang lange larsen larsson laurent lefebvre lefevre legrand lehmann lemaire leroux leroy lewandowski lewis lopez lorenz
ludwig lutz macdonald maier marchand martinez mathieu mayer mcallister mccarthy mcdonald mckenzie mcleod meier mercier meunier meyer
michel mitchell mohr moller moreau moreno morin morris muller murphy murray navarro neumann nguyen nicholson nielsen nilsson noel
nowak obrien oconnor odonnell olsen oliveira otto ozdemir patel pedersen pereira peeters perez perrin petersen petrov pfeiffer pham
pohl popov quinn ramirez ramos rasmussen renard renaud reynolds ricci richardson richter riviera rivière roberts robertson robinson
rodriguez rossi roussel roux ruiz russo ryan sahin sanchez santos sauer schafer schmid schmidt schmitt schmitz scholz schreiber
schroder schubert schulte schultz schulz schulze schumacher schuster schwarz seidel serrano sharma simmons simon simpson singh smirnov
sokolov sorensen stewart sullivan svensson szabo tanaka thiel thomas thompson thomsen thomson tran ullrich vandenberg vargas vasquez
vidal vogel vogt wagner walsh walter watson weiss werner williams williamson wilson winkler wisniewski wojcik wolff yamamoto yildirim
yildiz yilmaz zimmermann
`);

/** Eponyms and makers: with these beside it, what looks like a name is a machine. */
export const EPONYMS: ReadonlySet<string> = list(`
allen babbitt bernoulli bode bosch bourdon brayton brown boveri buchholz bunsen cardan carnot celsius coriolis coulomb curie curtis
dalton darlington diesel doppler edison euler fahrenheit faraday fourier francis froude gauss gibbs hall hardy henry
hertz hooke joule kaplan karman kelvin kirchhoff laplace laval leonard lissajous mach mannesmann maxwell michell mollier morse
newton nyquist ohm oldham otto parsons pascal pelton petersen pitot poisson prandtl rankine rateau rayleigh reynolds roots
rockwell brinell vickers shore siemens sommerfeld stellite stirling stodola stokes tesla thoma thomson torricelli torx venturi volta
watt weber wheatstone woodward young zener schneider emerson fisher rosemount yokogawa honeywell sulzer grundfos flygt goulds ingersoll
atlas copco caterpillar cummins perkins wartsila deutz liebherr hitachi mitsubishi toshiba abb skf fag timken nsk bently nevada
rolls royce pratt whitney solar babcock wilcox foster wheeler alfa laval westinghouse voith andritz burckhardt howden garrett
kingsbury garlock crane burgmann flowserve kraft dresser rand nash edwards leybold kaeser
boge kleinwort becker baker hughes halliburton schlumberger stromag flender renk lenze danfoss sew eurodrive phoenix weidmuller pilz
beckhoff jumo krohne endress hauser vega samson arca metso neles wika fluke megger omicron doble
`);

/** Two words that are a maker or a method. */
export const MAKERS: ReadonlySet<string> = new Set([
  'john crane',
  'karl fischer',
  'john deere',
  'franz diesel',
  'allen bradley',
  'perkins engines',
]);

/** What a family name may have between it and the given name. */
export const PARTICLES: ReadonlySet<string> = list(
  `von van vom zu zum zur de del della di da dos du des la le der den ten ter bin ibn al el st mac mc o`,
);
