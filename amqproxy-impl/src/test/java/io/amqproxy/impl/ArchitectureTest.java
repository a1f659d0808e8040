package io.amqproxy.impl;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.amqproxy.testkit.ClassKnots;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;

/** Keeps the packages what they are: see {@code package-info.java} of each. */
@AnalyzeClasses(packages = "io.amqproxy", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String ROOT = "io.amqproxy.impl";
    private static final String BUFFER = ROOT + ".buffer..";
    private static final String SESSIONS = ROOT + ".core..";
    private static final String POOL = ROOT + ".pool..";
    private static final String DETECTION = ROOT + ".detection..";
    private static final String AMQP091 = ROOT + ".amqp091..";
    private static final String AMQP10 = ROOT + ".amqp10..";
    private static final String NET = ROOT + ".net..";
    private static final String TLS = ROOT + ".tls..";
    private static final String LIMIT = ROOT + ".limit..";
    private static final String PEM = ROOT + ".pem..";
    private static final String TRACE = ROOT + ".trace..";
    private static final String FAULT = ROOT + ".fault..";
    private static final String TESTING = "io.amqproxy.testing..";
    private static final String[] CORE = {BUFFER, SESSIONS, POOL, DETECTION, AMQP091, AMQP10};

    /** The one class of a protocol that others know makes its sessions; only the root names it. */
    @ArchTest
    static final ArchRule poolsAndNetKnowNoProtocol = noClasses()
            .that()
            .resideInAnyPackage(SESSIONS, POOL, DETECTION, NET, TLS, LIMIT, PEM, BUFFER)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(AMQP091, AMQP10);

    @ArchTest
    static final ArchRule protocolsDoNotKnowEachOther = noClasses()
            .that()
            .resideInAPackage(AMQP10)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(AMQP091);

    @ArchTest
    static final ArchRule nobodyBelowKnowsTheNetwork = noClasses()
            .that()
            .resideInAnyPackage(CORE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(NET, TLS, PEM);

    @ArchTest
    static final ArchRule noPackageIsInACycle =
            slices().matching("io.amqproxy.impl.(**)").should().beFreeOfCycles();

    /** The others tell each thing once, or when an endpoint's state changes, or at the end. */
    private static final Set<String> WRITE_LINES_THEMSELVES =
            Set.of("Endpoints", "Probe", "PoolContext", "Acceptor", "EventLoop", "LoopErrors");

    @ArchTest
    static final ArchRule whatPeersCanCauseIsLoggedWithABound = noClasses()
            .that()
            .resideInAnyPackage(POOL, DETECTION, NET, AMQP091, AMQP10)
            .and(describe(
                    "are not known to write few lines", type -> !WRITE_LINES_THEMSELVES.contains(type.getSimpleName())))
            .should()
            .callMethodWhere(describe(
                    "a logger writes a line",
                    call -> call.getTargetOwner().isAssignableTo(Logger.class)
                            && Set.of("info", "warn", "error").contains(call.getName())));

    @ArchTest
    static final ArchRule theApiKnowsNothingOfItsImplementation = noClasses()
            .that()
            .resideInAnyPackage(
                    "io.amqproxy", "io.amqproxy.spi..", "io.amqproxy.faults..", "io.amqproxy.trace..", TESTING)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(ROOT + "..");

    @ArchTest
    static final ArchRule theCoreKnowsNoSocket = noClasses()
            .that()
            .resideInAnyPackage(CORE)
            .should()
            .dependOnClassesThat(resideInAnyPackage("java.nio.channels..", "java.net..", "javax.net..", "jdk.net..")
                    .and(not(belongToAnyOf(InetSocketAddress.class))));

    @ArchTest
    static final ArchRule theCoreKnowsNoThread = noClasses()
            .that()
            .resideInAnyPackage(CORE)
            .should()
            .dependOnClassesThat(resideInAPackage("java.util.concurrent..")
                    .and(not(belongToAnyOf(TimeUnit.class)))
                    .or(belongToAnyOf(Thread.class, ThreadLocal.class)));

    @ArchTest
    static final ArchRule theCoreReadsNoClock = noClasses()
            .that()
            .resideInAnyPackage(CORE)
            .should()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(Clock.class)
            .orShould()
            .callMethod(Instant.class, "now");

    /** The root binds the listening socket and hands it to net. */
    @ArchTest
    static final ArchRule onlyNetAndTheListeningSocketUseChannels = noClasses()
            .that()
            .resideInAPackage(ROOT + "..") // An application may hand over a socket that listens already.
            .and()
            .resideOutsideOfPackage(NET)
            .and()
            .doNotBelongToAnyOf(RunningProxy.class, ProxyBuilder.class)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("java.nio.channels..");

    @ArchTest
    static final ArchRule nothingButTheJdkAndTwoSmallLibrariesIsUsed = classes()
            .that()
            .resideInAnyPackage(
                    "io.amqproxy",
                    "io.amqproxy.spi..",
                    "io.amqproxy.faults..",
                    "io.amqproxy.trace..",
                    TESTING,
                    ROOT + "..")
            .should()
            .onlyDependOnClassesThat(resideInAnyPackage(
                            "java..",
                            "javax.net..",
                            "javax.crypto..",
                            "org.slf4j..",
                            "org.jspecify..",
                            "io.amqproxy",
                            "io.amqproxy.internal",
                            "io.amqproxy.spi..",
                            "io.amqproxy.faults..",
                            "io.amqproxy.trace..",
                            TESTING,
                            ROOT + "..")
                    .or(resideInAPackage("jdk.net..")));

    @ArchTest
    static final ArchRule certificatesAreNoConnections = noClasses()
            .that()
            .resideInAnyPackage(TLS, PEM)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(BUFFER, SESSIONS, POOL, DETECTION, AMQP091, AMQP10, NET);

    /** Tests ask for them; nothing of the proxy may need them, but the network asks by interfaces of its own. */
    @ArchTest
    static final ArchRule nobodyBelowKnowsTracesAndFaults = noClasses()
            .that()
            .resideInAnyPackage(BUFFER, SESSIONS, POOL, DETECTION, AMQP091, AMQP10, NET, TLS, LIMIT, PEM)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(TRACE, FAULT, TESTING);

    /** What goes wrong is the same for all protocols, but for frames, which are looked at. */
    @ArchTest
    static final ArchRule faultsKnowNoSessionOfAProtocol = noClasses()
            .that()
            .resideInAPackage(FAULT)
            .should()
            .dependOnClassesThat(resideInAnyPackage(AMQP091, AMQP10)
                    .and(not(resideInAnyPackage(ROOT + ".amqp091.codec..", ROOT + ".amqp10.codec.."))));

    @ArchTest
    static final ArchRule tracesAndFaultsDoNotKnowEachOther = noClasses()
            .that()
            .resideInAPackage(TRACE)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(FAULT)
            .orShould()
            .dependOnClassesThat()
            .resideInAPackage(TESTING);

    @ArchTest
    static final ArchRule onlyNetUsesTheSocketOptionsOfThisJdk = noClasses()
            .that()
            .resideOutsideOfPackage(NET)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("jdk.net..");

    /**
     * Each of them has threads of the proxy's own do it, so that neither a loop nor who starts the proxy waits for it.
     */
    private static final Set<String> LOOK_UP_NAMES = Set.of("HostLookUps", "ListenAddress", "RunningProxy");

    @ArchTest
    static final ArchRule nobodyElseAsksAResolver = noClasses()
            .that()
            .resideInAnyPackage("io.amqproxy", ROOT + "..")
            .and(describe("look up no names", type -> !LOOK_UP_NAMES.contains(type.getSimpleName())))
            .should()
            .callMethodWhere(describe(
                    "a resolver is asked",
                    call -> call.getTargetOwner().isEquivalentTo(InetAddress.class)
                            && Set.of(
                                            "getByName",
                                            "getAllByName",
                                            "getLocalHost",
                                            "getHostName",
                                            "getCanonicalHostName")
                                    .contains(call.getName())));

    /** A class and its part may know each other, and nobody else each other. */
    @ArchTest
    static void noMoreThanTwoClassesKnowEachOther(JavaClasses classes) {
        assertThat(ClassKnots.in(classes)).isEmpty();
    }

    /** Parts of different classes may share a name, since their whole says which it is; no part has that of a class. */
    @ArchTest
    static void noPartHasTheNameOfAClass(JavaClasses classes) {
        List<JavaClass> all = classes.stream()
                .filter(type -> type.getPackageName().startsWith(ROOT))
                .toList();
        Set<String> names = all.stream()
                .filter(JavaClass::isTopLevelClass)
                .map(JavaClass::getSimpleName)
                .collect(Collectors.toSet());
        assertThat(all)
                .filteredOn(type -> !type.isTopLevelClass() && names.contains(type.getSimpleName()))
                .isEmpty();
    }
}
